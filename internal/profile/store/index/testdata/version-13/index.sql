CREATE TABLE assessments (
		id TEXT PRIMARY KEY,
		cluster_id TEXT NOT NULL,
		namespace TEXT NOT NULL,
		window_start BIGINT NOT NULL,
		window_end BIGINT NOT NULL,
		health TEXT NOT NULL,
		conformance TEXT NOT NULL,
		preset_name TEXT NOT NULL,
		profile_id TEXT NOT NULL,
		baseline_id TEXT NOT NULL,
		created_at BIGINT NOT NULL,
		details TEXT NOT NULL
	);
CREATE TABLE baselines (
		cluster_id TEXT NOT NULL,
		namespace TEXT NOT NULL,
		profile_id TEXT NOT NULL,
		set_at BIGINT NOT NULL,
		PRIMARY KEY (cluster_id, namespace)
	);
CREATE TABLE profiles (
		id TEXT PRIMARY KEY,
		name TEXT NOT NULL,
		label TEXT NOT NULL,
		cluster_id TEXT NOT NULL,
		namespace TEXT NOT NULL,
		task_queue TEXT NOT NULL,
		window_start BIGINT NOT NULL,
		window_end BIGINT NOT NULL,
		server_version TEXT NOT NULL,
		plugin_version TEXT NOT NULL,
		worker_sha TEXT NOT NULL,
		preset_name TEXT NOT NULL,
		created_at BIGINT NOT NULL,
		request_key TEXT NOT NULL,
		deleted BIGINT NOT NULL,
		revision BIGINT NOT NULL
	);
CREATE TABLE requests (
		request_key TEXT PRIMARY KEY,
		digest TEXT NOT NULL,
		profile_id TEXT NOT NULL
	);
CREATE TABLE schema_versions (version BIGINT PRIMARY KEY);
CREATE INDEX assessments_by_cluster ON assessments (cluster_id, window_end, id);
CREATE INDEX assessments_by_cluster_namespace ON assessments (cluster_id, namespace, window_end, id);
CREATE INDEX assessments_by_window ON assessments (window_end, id);
CREATE INDEX profiles_by_cluster ON profiles (cluster_id, window_start, id);
CREATE INDEX profiles_by_cluster_namespace ON profiles (cluster_id, namespace, window_start, id);
CREATE INDEX profiles_by_label ON profiles (label, window_start, id);
CREATE INDEX profiles_by_namespace ON profiles (namespace, window_start, id);
CREATE INDEX profiles_by_task_queue ON profiles (task_queue, window_start, id);
CREATE INDEX profiles_by_window ON profiles (window_start, id);
INSERT INTO schema_versions (version) VALUES (1);
INSERT INTO schema_versions (version) VALUES (2);
INSERT INTO schema_versions (version) VALUES (3);
INSERT INTO schema_versions (version) VALUES (4);
INSERT INTO schema_versions (version) VALUES (5);
INSERT INTO schema_versions (version) VALUES (6);
INSERT INTO schema_versions (version) VALUES (7);
INSERT INTO schema_versions (version) VALUES (8);
INSERT INTO schema_versions (version) VALUES (9);
INSERT INTO schema_versions (version) VALUES (10);
INSERT INTO schema_versions (version) VALUES (11);
INSERT INTO schema_versions (version) VALUES (12);
INSERT INTO schema_versions (version) VALUES (13);
INSERT INTO profiles (id, name, label, cluster_id, namespace, task_queue, window_start, window_end, server_version, plugin_version, worker_sha, preset_name, created_at, request_key, deleted, revision) VALUES ('01a22419-5df2-7af5-a848-60f3935863d7', 'by key', '', 'eu', '', '', 1772355600000000000, 1772359200000000000, '', '', '', '', 1772362800000000000, 'key', 0, 0);
INSERT INTO profiles (id, name, label, cluster_id, namespace, task_queue, window_start, window_end, server_version, plugin_version, worker_sha, preset_name, created_at, request_key, deleted, revision) VALUES ('01a22419-5df5-74c8-8f68-c0adcf594d74', 'baseline', '', 'eu', '', '', 1772355600000000000, 1772359200000000000, '', '', '', '', 1772362800000000000, '', 0, 1);
INSERT INTO baselines (cluster_id, namespace, profile_id, set_at) VALUES ('eu', '', '01a22419-5df5-74c8-8f68-c0adcf594d74', 1772362800000000000);
INSERT INTO requests (request_key, digest, profile_id) VALUES ('key', 'digest', '01a22419-5df2-7af5-a848-60f3935863d7');
INSERT INTO assessments (id, cluster_id, namespace, window_start, window_end, health, conformance, preset_name, profile_id, baseline_id, created_at, details) VALUES ('5485d778-15cc-5b0e-b261-7a14d9ef34b8', 'eu', '', 1772355600000000000, 1772359200000000000, 'healthy', '', '', '01a22419-5df5-74c8-8f68-c0adcf594d74', '', 1772362800000000000, '{}');

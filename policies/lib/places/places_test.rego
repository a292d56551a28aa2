package lib.places_test

import data.lib.fixture_test as fixture
import data.lib.places

# with_places: the healthy profile with a list of places
with_places(list) := object.union(fixture.profile({}), {"places": list})

queue := {"place": "task queue bulk", "field": "task_queues.bulk"}

test_a_place_is_judged_with_its_own_values if {
	found := places.deny with input as with_places([object.union(queue, {"values": {
		"matching.numTaskqueueReadPartitions": 4,
		"matching.numTaskqueueWritePartitions": 16,
	}})])
	{[finding.msg, finding.rule_name, finding.severity, finding.field] | some finding in found} == {[
		"task queue bulk: 16 write partitions and 4 read partitions: tasks in 12 of them are never read",
		"read_partitions_below_write",
		"error",
		"task_queues.bulk.overrides",
	]}
}

test_a_warning_is_one_of_its_place if {
	found := places.warn with input as with_places([object.union(queue, {"values": {
		"matching.numTaskqueueReadPartitions": 200,
		"matching.numTaskqueueWritePartitions": 200,
	}})])
	"matching_partition_oversized" in {finding.rule_name | some finding in found}
}

test_a_key_that_the_profile_has_nowhere_else_is_judged if {
	some finding in places.deny with input as with_places([{
		"place": "namespace payments", "field": "namespaces.payments",
		"values": {"matching.namespaceRPS": 20},
	}])
	startswith(finding.msg, "namespace payments: matching.namespaceRPS is 20/s")
}

test_a_finding_of_the_whole_cluster_is_not_one_of_its_places if {
	profile := object.union(fixture.profile({"matching.namespaceRPS": 20}), {"places": [{
		"place": "namespace payments", "field": "namespaces.payments",
		"values": {"matching.namespaceRPS": 20},
	}]})
	count(places.deny) == 0 with input as profile
}

test_a_finding_about_other_values_is_not_one_of_the_place if {
	profile := object.union(fixture.profile({"persistence.maxIdleConns": 40}), {"places": [object.union(queue, {"values": {
		"matching.numTaskqueueReadPartitions": 8,
	}})]})
	count(places.deny) == 0 with input as profile
}

test_a_profile_without_places_has_no_finding_here if {
	count(places.deny | places.warn) == 0 with input as fixture.profile({})
}

# a server looks for a task queue's value in its namespace, too
test_a_place_falls_back_to_wider_places if {
	namespace := {
		"place": "namespace payments", "field": "namespaces.payments", "constraints": {"namespace": "payments"},
		"values": {"matching.numTaskqueueReadPartitions": 16, "matching.numTaskqueueWritePartitions": 16},
	}
	in_it := object.union(queue, {
		"constraints": {"namespace": "payments", "taskQueueName": "bulk"},
		"values": {"matching.numTaskqueueReadPartitions": 8},
	})
	{finding.msg | some finding in places.deny} == {concat("", [
		"task queue bulk: 16 write partitions and 8 read partitions: ",
		"tasks in 8 of them are never read",
	])} with input as with_places([in_it, namespace])
	elsewhere := object.union(queue, {
		"constraints": {"namespace": "orders", "taskQueueName": "bulk"},
		"values": {"matching.numTaskqueueReadPartitions": 8},
	})
	count(places.deny) == 0 with input as with_places([elsewhere, namespace])
}

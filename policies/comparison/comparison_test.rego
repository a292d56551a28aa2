package comparison_test

import data.comparison

setting(classification, needs) := {"classification": classification, "needs": needs}

test_settings_in_the_order_of_the_input if {
	verdict := comparison.verdict with input as {
		"settings": [
			setting("tuning", "reload"), setting("safety", "immutable"), setting("topology", "restart"),
			setting("safety", ""), setting("unclassified", ""), setting("slo", "reload"), setting("topology", "immutable"),
		],
		"versions": [],
	}
	verdict.settings == ["info", "critical", "warning", "warning", "info", "info", "critical"]
	verdict.versions == []
}

test_an_unknown_version_is_no_warning if {
	verdict := comparison.verdict with input as {"settings": [], "versions": [
		{"old_version": "1.30.1", "new_version": "1.31.0"},
		{"old_version": null, "new_version": "1.31.0"},
		{"old_version": "1.30.1", "new_version": null},
	]}
	verdict.versions == ["warning", "info", "info"]
}

package proposals.preset.larger_preset_test

import data.lib.advising_test as advising
import data.proposals.preset.larger_preset

load := "throughput.state_transitions_per_sec"

test_proposes_the_smallest_preset_that_holds_the_load if {
	proposed := larger_preset.propose with input as advising.facts({load: 900}, {})
	proposed == {{
		"name": "larger_preset",
		"title": "Use the preset that is sized for this load",
		"expected": "topology, pools and limits are derived for the observed load, which is inside its bounds",
		"risk": concat("", [
			"more instances and connections; a restart of every service. The shard count stays, ",
			"because it can never change",
		]),
		"preset": "high-throughput",
		"overrides": {"history.shards": 512},
		"evidence": [{
			"metric": load,
			"statistic": "p99",
			"value": 900,
			"bound": 500,
			"unit": "st/s",
			"detail": "p99 is 900 st/s, 400 st/s (80 %) over the bound of 500 st/s",
		}],
	}}
}

test_holds_inside_of_the_range if count(larger_preset.propose) == 0 with input as advising.facts({load: 500}, {})

test_holds_beneath_the_range if count(larger_preset.propose) == 0 with input as advising.facts({load: 20}, {})

test_holds_where_no_preset_is_large_enough if {
	count(larger_preset.propose) == 0 with input as advising.facts({load: 12000}, {})
}

test_holds_without_data if count(larger_preset.propose) == 0 with input as advising.facts({load: []}, {})

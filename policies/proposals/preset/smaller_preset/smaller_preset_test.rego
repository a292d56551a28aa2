package proposals.preset.smaller_preset_test

import data.lib.advising_test as advising
import data.lib.observed_test as observed
import data.proposals.preset.smaller_preset

load := "throughput.state_transitions_per_sec"

test_proposes_the_smaller_preset_where_all_else_is_kept if {
	proposed := smaller_preset.propose with input as advising.facts({load: 30}, {})
	[change] := [change | some change in proposed]
	change.preset == "starter"
	change.overrides == {"history.shards": 512}
	[evidence.detail | some evidence in change.evidence] == [
		"mean is 30 st/s, 20 st/s (40 %) under the bound of 50 st/s",
		"the peak of the window fits into the 50 st/s of the smaller preset",
	]
	change.evidence[0].bound == 50
}

test_holds_inside_of_the_range if count(smaller_preset.propose) == 0 with input as advising.facts({}, {})

test_holds_where_the_peaks_need_the_larger_one if {
	bursts := [observed.observe(load, 30, {"statistics": {"p99": 60}})]
	count(smaller_preset.propose) == 0 with input as advising.facts({load: bursts}, {})
}

test_holds_where_something_else_is_wrong_or_missing if {
	count(smaller_preset.propose) == 0 with input as advising.facts({load: 30, "latency.persistence_latency_p99": 300}, {})
	count(smaller_preset.propose) == 0 with input as advising.facts({load: 30, "latency.persistence_latency_p99": []}, {})
}

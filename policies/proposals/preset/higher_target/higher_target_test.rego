package proposals.preset.higher_target_test

import data.lib.advising_test as advising
import data.proposals.preset.higher_target

load := "throughput.state_transitions_per_sec"

test_states_the_load_beyond_every_preset if {
	proposed := higher_target.propose with input as advising.facts({load: 12000.5}, {})
	[change] := [change | some change in proposed]
	change.overrides == {"target_state_transitions_per_sec": 12001}
	change.preset == ""
}

test_holds_where_a_preset_is_large_enough if {
	count(higher_target.propose) == 0 with input as advising.facts({load: 900}, {})
}

test_holds_for_a_quiet_cluster if count(higher_target.propose) == 0 with input as advising.facts({load: 3}, {})

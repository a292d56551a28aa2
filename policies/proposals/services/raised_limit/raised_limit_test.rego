package proposals.services.raised_limit_test

import data.lib.advising_test as advising
import data.lib.observed_test as observed
import data.proposals.services.raised_limit

refused := "errors.resource_exhausted_per_sec"

by_cause := "errors.exhausted_by_cause"

limits := {
	"frontend.rps": 2400,
	"frontend.namespaceRPS": 1200,
	"history.rps": 3000,
	"history.persistenceMaxQPS": 500,
}

refusing(causes) := advising.facts(
	{refused: 4, by_cause: [observed.of_service(by_cause, cause, 2) | some cause in causes]},
	limits,
)

raised(causes) := {change.overrides | some change in proposed} if {
	proposed := raised_limit.propose with input as refusing(causes)
}

against(causes) := messages if {
	considered := raised_limit.consider with input as refusing(causes)
	[messages] := [change.against | some change in considered]
}

test_raises_the_limit_that_refuses if {
	raised(["frontend_RpsLimit"]) == {{"frontend.namespaceRPS": 1800}}
	raised(["history_RpsLimit"]) == {{"history.rps": 4500}}
	raised(["history_PersistenceLimit", "history_RpsLimit"]) == {{"history.persistenceMaxQPS": 750, "history.rps": 4500}}
}

test_names_causes_without_a_parameter if {
	raised(["frontend_ConcurrentLimit"]) == set()
	against(["frontend_ConcurrentLimit"]) == ["no parameter sets the limits that refuse: ConcurrentLimit of frontend"]
	against([]) == ["errors.exhausted_by_cause is unknown: no data shows which limit refuses"]
}

test_holds_where_the_service_is_busy if {
	cpu := "resources.cpu_utilization"
	facts := object.union(refusing(["history_RpsLimit"]), {"observed": {cpu: [observed.of_service(cpu, "history", 0.96)]}})
	count(raised_limit.propose) == 0 with input as facts
	count(raised_limit.consider) == 1 with input as facts
}

test_holds_where_nothing_is_refused if {
	count(raised_limit.propose) == 0 with input as advising.facts({}, limits)
	count(raised_limit.consider) == 0 with input as advising.facts({}, limits)
}

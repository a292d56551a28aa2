# METADATA
# title: Raise the limit that refuses requests
# description: >-
#   A service refuses requests because a limit is reached, although the service, its connections and the
#   database have room.
# custom:
#   expected: the same requests are served at once, without a retry by their caller
#   risk: the limit protects the service and the database; watch their CPU, pools and latency after the change
package proposals.services.raised_limit

import data.lib.evidence
import data.lib.proposal

propose contains change if {
	count(symptoms) > 0
	count(objections) == 0
	count(raised) > 0
	change := proposal.build(rego.metadata.chain(), {
		"overrides": raised,
		"evidence": evidence.from_results(symptoms),
	})
}

consider contains proposal.consider(rego.metadata.chain(), symptoms, objections)

symptoms := evidence.failing_results("errors.resource_exhausted_per_sec")

# refusing: the causes that refused requests, by service
refusing contains {"service": parts[0], "cause": parts[1]} if {
	some observed in input.observed["errors.exhausted_by_cause"]
	observed.statistics.max > 0
	parts := split(trim_prefix(observed.metric, "errors.exhausted_by_cause."), "_")
}

# raised: half as much again of each limit that refuses
raised[key] := ceil(1.5 * input.values[key]) if {
	some refused in refusing
	some key in limits_of(refused)
}

limits_of({"service": "frontend", "cause": "RpsLimit"}) := [key |
	least := min([input.values["frontend.rps"], input.values["frontend.namespaceRPS"]])
	some key in ["frontend.rps", "frontend.namespaceRPS"]
	input.values[key] == least
]

limits_of({"service": service, "cause": "RpsLimit"}) := existing(sprintf("%s.rps", [service])) if service != "frontend"

limits_of({"service": service, "cause": "PersistenceLimit"}) := existing(sprintf("%s.persistenceMaxQPS", [service]))

existing(key) := [key | input.values[key]]

objections contains message if some message in evidence.waits_elsewhere

objections contains "errors.exhausted_by_cause is unknown: no data shows which limit refuses" if count(refusing) == 0

objections contains sprintf("no parameter sets the limits that refuse: %s", [concat(", ", sort(causes))]) if {
	count(refusing) > 0
	count(raised) == 0
	causes := {sprintf("%s of %s", [refused.cause, refused.service]) | some refused in refusing}
}

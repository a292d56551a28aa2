# METADATA
# description: Rules of our own. conftest, opa and temporal-dsql gate run them on each config profile.
package house

# server instances that one deployment may have
budget := 100

deny contains sprintf("%d server instances are more than the %d that are budgeted", [instances, budget]) if {
	instances > budget
}

instances := sum([p.value | some p in input.topology_params; endswith(p.key, ".replicas")])

package house_test

import data.house

test_within_the_budget if {
	count(house.deny) == 0 with input as profile(house.budget - 1)
}

test_over_the_budget if {
	count(house.deny) == 1 with input as profile(house.budget)
}

profile(history) := {"topology_params": [
	{"key": "history.shards", "value": 512},
	{"key": "history.replicas", "value": history},
	{"key": "frontend.replicas", "value": 1},
]}

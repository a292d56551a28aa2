package lib.words_test

import data.lib.words

test_number_has_two_decimals_at_most if {
	words.number(50 / 3) == 16.67
	words.number(0.8 * 10000) == 8000
	words.number(3) == 3
}

test_counted_knows_one_from_many if {
	words.counted(1, "pool") == "1 pool"
	words.counted(0, "pool") == "0 pools"
	words.counted(2, "pool") == "2 pools"
}

test_measured_has_a_unit_and_keeps_what_is_small if {
	words.measured(250.126, "ms") == "250.13 ms"
	words.measured(0.00412, "1/s") == "0.0041 1/s"
	words.measured(0.75, "ratio") == "0.75"
	words.measured(0, "1/s") == "0 1/s"
	words.measured(901100000, "bytes") == "859.36 MiB"
}

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

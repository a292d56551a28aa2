# METADATA
# title: Numbers in messages
package lib.words

# number to two decimals at most: 16.666 is 16.67, 8000.0 is 8000
number(x) := round(x * 100) / 100

# counted: 1 pool, 2 pools
counted(1, noun) := sprintf("1 %s", [noun])

counted(n, noun) := sprintf("%v %ss", [number(n), noun]) if n != 1

# measured: a number with its unit; small ones to four decimals, a ratio is bare
measured(x, "ratio") := sprintf("%v", [precise(x)])

measured(x, unit) := sprintf("%v %s", [precise(x), unit]) if unit != "ratio"

precise(x) := round(x * 100) / 100 if abs(x) >= 1

precise(x) := round(x * 10000) / 10000 if abs(x) < 1

# METADATA
# title: Numbers in messages
package lib.words

# number rounds to two decimals: 16.666 is 16.67, 8000.0 is 8000
number(x) := round(x * 100) / 100

# counted returns a number with its noun: 1 pool, 2 pools
counted(1, noun) := sprintf("1 %s", [noun])

counted(n, noun) := sprintf("%v %ss", [number(n), noun]) if n != 1

# measured returns a number with its unit. Numbers below 1 keep four decimals, ratios have no unit, bytes are MiB
measured(x, "ratio") := sprintf("%v", [rounded(x)])

measured(x, "bytes") := sprintf("%v MiB", [rounded(x / 1048576)])

measured(x, unit) := sprintf("%v %s", [rounded(x), unit]) if not unit in {"ratio", "bytes"}

rounded(x) := round(x * 100) / 100 if abs(x) >= 1

rounded(x) := round(x * 10000) / 10000 if abs(x) < 1

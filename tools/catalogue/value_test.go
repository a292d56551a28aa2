package main

import (
	"go/parser"
	"testing"
	"time"
)

func TestDefaultValues(t *testing.T) {
	src := fixture(t)
	in := addCode(t, src, settingPackage, `import (
	"math"
	"os"
	"time"

	"go.temporal.io/server/common/limits"
	"go.temporal.io/server/common/util"
)

const seconds = 20
const shifted = 1 << 20
var window = time.Minute
var list = []string{"a", limits.SystemQueue}
type inner struct { Rate float64; Every time.Duration }
type outer struct { inner; Inner inner; Pointer *inner; Many []inner; At time.Time }
`)
	const failed = "no value"
	for _, test := range []struct{ kind, expr, want string }{
		{"int", "9000", "9000"},
		{"int", "1_000_000", "1000000"},
		{"int", "1e9", "1000000000"},
		{"int", "-1", "-1"},
		{"int", "7/2", "3"},
		{"int", "7%4", "3"},
		{"int", "256000*4*1024", "1048576000"},
		{"int", "limits.PageSize", "256"},
		{"int", "shifted", "1048576"},
		{"int", "math.MaxInt", "9223372036854775807"},
		{"int", "int(math.MaxInt32)", "2147483647"},
		{"int", "1.5", failed},
		{"int", "os.Getpid()", failed},
		{"float", "10000", "10000.0"},
		{"float", "0.90", "0.9"},
		{"float", "float64(limits.PageSize)", "256.0"},
		{"float", "1/4", "0.0"},
		{"float", "1.0/4", "0.25"},
		{"bool", "!false", "true"},
		{"bool", "limits.PageSize == 256", "true"},
		{"bool", `os.Getenv("X") == ""`, failed},
		{"string", `"a" + "b"`, `"ab"`},
		{"string", "`tick`", `"tick"`},
		{"string", "limits.SystemQueue", `"system-queue"`},
		{"duration", "0", `"0s"`},
		{"duration", "time.Second*20", `"20s"`},
		{"duration", "seconds * time.Second", `"20s"`},
		{"duration", "5*time.Minute-10*time.Second", `"4m50s"`},
		{"duration", "60*24*time.Hour", `"1440h"`},
		{"duration", "window", `"1m"`},
		{"duration", "time.Duration(1500) * time.Millisecond", `"1.5s"`},
		{"duration", "time.Duration(math.MaxInt64)", `"2562047h47m16.854775807s"`},
		{"list", "nil", "[]"},
		{"list", "[]string(nil)", "[]"},
		{"list", "list", `["a", "system-queue"]`},
		{"list", `util.MustWildCardStringsToRegexp([]string{"a*"})`, `["a*"]`},
		{"list", "MatchAnythingRE", failed},
		{"map", "nil", "{}"},
		{"map", `map[string]any{"a": 1}`, failed},
		{"map", `map[string]int{"a-b": 1}`, `{"a-b": 1}`},
		{"struct", "inner{}", `{Rate: 0.0, Every: "0s"}`},
		{"struct", "inner{0.5, time.Second}", `{Rate: 0.5, Every: "1s"}`},
		{"struct", "outer{Inner: inner{Rate: 2}, Pointer: nil, Many: []inner{{Every: 1}}}",
			`{Inner: {Rate: 2.0, Every: "0s"}, Many: [{Rate: 0.0, Every: "1ns"}]}`},
	} {
		expr, err := parser.ParseExpr(test.expr)
		if err != nil {
			t.Fatal(err)
		}
		want := shape{kind: test.kind, elem: &opaque}
		got := failed
		if v, err := src.value(expr, in, want); err == nil {
			got = cueValue(v)
		}
		if got != test.want {
			t.Errorf("%s %s: got %s, want %s", test.kind, test.expr, got, test.want)
		}
	}
}

func TestDurationText(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                                  "0s",
		10 * time.Second:                   "10s",
		time.Minute:                        "1m",
		90 * time.Minute:                   "1h30m",
		720 * time.Hour:                    "720h",
		time.Hour + 5*time.Second:          "1h0m5s",
		-time.Minute:                       "-1m",
		200 * time.Millisecond:             "200ms",
		10*time.Minute + 10*time.Second:    "10m10s",
		time.Hour + 100*time.Millisecond:   "1h0m0.1s",
		24*time.Hour + 30*time.Millisecond: "24h0m0.03s",
	} {
		got := durationText(d)
		if got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
		if back, err := time.ParseDuration(got); err != nil || back != d {
			t.Errorf("%s: read back as %v, %v", got, back, err)
		}
	}
}

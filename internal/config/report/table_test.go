package report

import (
	"bytes"
	"testing"
)

// A table takes the width that it has: the last column is wrapped on a narrow
// terminal, and nothing where lines may have any length.
func TestTableFitsTheTerminal(t *testing.T) {
	rows := [][]string{{"starter", "fewer than fifty state transitions a second"}, {"mid-scale", "more"}}
	want := map[int]string{
		0: "NAME       SUMMARY\n" +
			"starter    fewer than fifty state transitions a second\n" +
			"mid-scale  more\n",
		40: "NAME       SUMMARY\n" +
			"starter    fewer than fifty state\n" +
			"           transitions a second\n" +
			"mid-scale  more\n",
	}
	for width, text := range want {
		var out bytes.Buffer
		Table(&out, Style{width: width}, []string{"NAME", "SUMMARY"}, rows)
		if out.String() != text {
			t.Errorf("%d columns give\n%s", width, out.String())
		}
	}
}

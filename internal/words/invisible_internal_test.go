package words

import "testing"

// The name of a file cannot hide text by a colour that the program does not use.
func TestOnlyOwnColoursRemain(t *testing.T) {
	for text, want := range map[string]string{
		"\x1b[31merror\x1b[0m: \x1b[1mNAME\x1b[0m":     "\x1b[31merror\x1b[0m: \x1b[1mNAME\x1b[0m",
		"\x1b[33mwarning\x1b[0m, \x1b[2mwaived\x1b[0m": "\x1b[33mwarning\x1b[0m, \x1b[2mwaived\x1b[0m",
		"a\x1b[30mb": "a[30mb", "a\x1b[37mb": "a[37mb", "a\x1b[mb": "a[mb", "a\x1b[8mb": "a[8mb", "a\x1b[2Kb": "a[2Kb",
		"\x1b[31ma\u202e\rb\x1b[0m": "\x1b[31mab\x1b[0m",
	} {
		if got := stripExceptColours(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

package gitleaks

import "testing"

// The rules are all read, and each has an expression that compiles.
func TestRulesCompile(t *testing.T) {
	for _, r := range rules() {
		r.compile()
		for _, a := range r.Allowlists {
			a.compile()
		}
	}
	if n := len(rules()); n < 200 {
		t.Errorf("%d rules are read", n)
	}
}

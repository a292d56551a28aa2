package policy_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	dsql "github.com/temporal-dsql/temporal-dsql"
	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
)

// Each way to name a finding gives the name that the report lists, and that a waiver
// takes: of a rule that fires and of one that finds nothing. PKG is the package.
func TestRuleNames(t *testing.T) {
	const applies = ` if input.name == "fires"` + "\n"
	cases := []struct {
		form, text string
		names      []string
	}{
		{"message", `deny contains "no"` + applies, []string{"team.PKG.deny"}},
		{"object", `warn contains {"msg": "no"}` + applies, []string{"team.PKG.warn"}},
		{"suffix", `deny_pool contains "no"` + applies, []string{"team.PKG.deny_pool"}},
		{"one value", `violation := "no"` + applies, []string{"team.PKG.violation"}},
		{
			"only an import",
			"import data.lib.rule\n\ndeny contains \"no\" if {\n\tnot rule.values.nothing\n\tinput.name == \"fires\"\n}\n",
			[]string{"team.PKG.deny"},
		},
		{"field", `deny contains {"msg": "no", "rule_name": "PKG_budget"}` + applies, []string{"PKG_budget"}},
		{
			"field in the body",
			"deny contains f if {\n\tinput.name == \"fires\"\n\tf := object.union({\"msg\": \"no\"}, {\"rule_name\": \"PKG_budget\"})\n}\n",
			[]string{"PKG_budget"},
		},
		{
			"field in a helper",
			`deny contains finding("no")` + applies + "\nfinding(msg) := {\"msg\": msg, \"rule_name\": \"PKG_budget\"}\n",
			[]string{"PKG_budget"},
		},
		{
			"field of an object",
			`deny contains finding` + applies + "\nfinding.msg := \"no\"\n\nfinding.rule_name := \"PKG_budget\"\n",
			[]string{"PKG_budget"},
		},
		{
			"two names",
			`deny contains {"msg": "no", "rule_name": "PKG_a"}` + applies + "\n" + `deny contains {"msg": "no", "rule_name": "PKG_b"}` + applies,
			[]string{"PKG_a", "PKG_b"},
		},
		{
			"a name and none",
			`deny contains {"msg": "no", "rule_name": "PKG_a"}` + applies + "\n" + `deny contains "no"` + applies,
			[]string{"PKG_a", "team.PKG.deny"},
		},
		{
			"built on lib.rule",
			"import data.lib.rule\n\ndeny contains f if some f in rule.findings(rego.metadata.chain(), messages)\n\n" +
				"messages contains \"no\"" + applies,
			[]string{"PKG"},
		},
		{
			"under another name",
			"import data.lib.rule as built\n\ndeny contains f if some f in built.findings(rego.metadata.chain(), messages)\n\n" +
				"messages contains \"no\"" + applies,
			[]string{"PKG"},
		},
		{
			"through the parent",
			"import data.lib\n\ndeny contains f if some f in lib.rule.findings(rego.metadata.chain(), messages)\n\n" +
				"messages contains \"no\"" + applies,
			[]string{"PKG"},
		},
		{
			"without an import",
			"deny contains f if some f in data.lib.rule.findings(rego.metadata.chain(), messages)\n\nmessages contains \"no\"" + applies,
			[]string{"PKG"},
		},
		{
			"through a rule",
			"deny contains f if some f in all\n\nall := data.lib.rule.findings(rego.metadata.chain(), messages)\n\n" +
				"messages contains \"no\"" + applies,
			[]string{"PKG"},
		},
		{
			"through a whole path",
			"deny contains f if some f in data.team.PKG.all\n\n" +
				"all := data.lib.rule.findings(rego.metadata.chain(), messages)\n\nmessages contains \"no\"" + applies,
			[]string{"PKG"},
		},
		{
			"read, not set",
			"deny contains f.msg if {\n\tsome f in [{\"msg\": \"no\", \"name\": 1}]\n\tnot input.rule_name\n\tinput.name == \"fires\"\n}\n",
			[]string{"team.PKG.deny"},
		},
		{
			"another rule's finding",
			"deny contains \"no\" if count(warn) > 0\n\nwarn contains {\"msg\": \"no\", \"rule_name\": \"PKG_a\"}" + applies,
			[]string{"PKG_a", "team.PKG.deny"},
		},
	}
	ctx := context.Background()
	dir := t.TempDir()
	var want []string
	for i, c := range cases {
		named := strings.NewReplacer("PKG", fmt.Sprintf("p%02d", i))
		text := named.Replace("# METADATA\n# custom:\n#   parameters: []\npackage team.PKG\n\n" + c.text)
		if err := os.WriteFile(filepath.Join(dir, c.form+".rego"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, name := range c.names {
			want = append(want, named.Replace(name))
		}
	}
	slices.Sort(want)
	rules, err := policy.PrepareWithOwn(ctx, dsql.Files, []string{dir})
	if err != nil {
		t.Fatal(err)
	}
	shipped := ruleNames(guardrails(t).All())
	projectPolicies := slices.DeleteFunc(ruleNames(rules.All()), func(n string) bool { return slices.Contains(shipped, n) })
	if diff := cmp.Diff(want, projectPolicies); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	waivers := make([]catalogue.Waiver, 0, len(want))
	for _, n := range want {
		waivers = append(waivers, catalogue.Waiver{Rule: n, Reason: "r", Owner: "o", Expires: "2999-01-01"})
	}
	for profile, rule := range map[string]string{"fires": "", "silent": "waiver_unused"} {
		found, err := rules.Evaluate(ctx, []byte(`{"name": "`+profile+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		found = slices.DeleteFunc(found, func(f policy.Finding) bool { return slices.Contains(shipped, f.RuleName) })
		waived, about, err := rules.ApplyWaivers(ctx, found, waivers, time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), true)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range waived {
			names = append(names, f.RuleName)
			if f.Severity != policy.Waived {
				t.Errorf("%s: %s is not waived", profile, f.RuleName)
			}
		}
		slices.Sort(names)
		if diff := cmp.Diff(want, names); profile == "fires" && diff != "" {
			t.Errorf("findings (-want +got):\n%s", diff)
		}
		for _, f := range about {
			if f.RuleName != rule {
				t.Errorf("%s: %s: %s", profile, f.RuleName, f.Message)
			}
		}
	}
}

func ruleNames(rules []policy.Rule) (names []string) {
	for _, r := range rules {
		names = append(names, r.Name)
	}
	slices.Sort(names)
	return names
}

// Misspelt names are refused as long as the policies show every name.
func TestUnknownRuleNames(t *testing.T) {
	ctx := context.Background()
	for text, want := range map[string]string{
		`deny contains {"msg": "no", "rule_name": "pool_budget"} if input.name == "x"`:                                      "waiver_unknown_rule",
		`deny contains {"msg": "no", "rule_name": sprintf("pool_%s", [input.name])} if input.name == "x"`:                   "waiver_unused",
		`deny contains json.patch({"msg": "no"}, [{"op": "add", "path": "/rule_name", "value": "a"}]) if input.name == "x"`: "waiver_unused",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "p.rego"), []byte("package team.sizes\n\n"+text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		rules, err := policy.PrepareWithOwn(ctx, dsql.Files, []string{dir})
		if err != nil {
			t.Fatal(err)
		}
		_, about, err := rules.ApplyWaivers(
			ctx,
			nil,
			[]catalogue.Waiver{{Rule: "pool_bugdet", Reason: "r", Owner: "o", Expires: "2999-01-01"}},
			time.Now(),
			true,
		)
		if err != nil {
			t.Fatal(err)
		}
		if len(about) != 1 || about[0].RuleName != want || !strings.Contains(about[0].Message, "pool_bugdet") {
			t.Errorf("%s: %+v", text, about)
		}
	}
}

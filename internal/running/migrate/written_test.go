package migrate_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/config/scaffold"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/migrate"
)

// Whatever preset it is written on, the deployment has every value that runs
// today; and no secret is implied or written, whatever it is called.
func TestWhatIsWrittenRunsTheSame(t *testing.T) {
	e, dir := engine, root
	known, err := e.Parameters()
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]string{}
	for _, p := range known {
		kinds[p.Key] = p.Kind
	}
	base, err := e.Resolve(compile.Request{Preset: presets[0]})
	if err != nil {
		t.Fatal(err)
	}
	values := base.Profile.Values()
	secrets := rapid.SampledFrom([]string{
		"TEMPORAL_SQL_PASSWORD",
		"TEMPORAL_DB_PASS",
		"DSQL_TOKEN",
		"AWS_SECRET_ACCESS_KEY",
		"DSQL_API_KEY",
		"TEMPORAL_SQL_PWD",
		"DATABASE_URL",
	})
	rapid.Check(t, func(t *rapid.T) {
		env, dynamic := drawSettings(t, known, values)
		for _, name := range rapid.SliceOfNDistinct(secrets, 0, 3, rapid.ID).Draw(t, "secrets") {
			value := "hunter2"
			if name == "DATABASE_URL" {
				value = "postgres://me:hunter2@db/x"
			}
			env += name + "=" + value + "\n"
		}
		writeFile(t, filepath.Join(dir, "server.env"), env+"TEMPORAL_SQL_HOST=abc.dsql.eu-west-1.on.aws\nDSQL_UNREAD=1\n")
		writeFile(t, filepath.Join(dir, "dynamic.yaml"), dynamic+"frontend.keepAliveTime:\n- value: 60s\nno.such.key:\n- value: 1\n")
		sorted, err := migrate.ClassifySettings(t.Context(), e, migrate.Request{
			Settings: readSettings(t, dir, map[string]deployed.Format{"server.env": deployed.Env, "dynamic.yaml": deployed.DynamicConfig}),
		})
		if err != nil {
			t.Fatal(err)
		}
		draft, err := sorted.Draft(
			e,
			"moved",
			rapid.SampledFrom(presets).Draw(t, "preset"),
			rapid.SampledFrom(modifiers).Draw(t, "modifier"),
			nil,
		)
		if err != nil {
			t.Fatal(err)
		}
		text, err := scaffold.DraftCUE(e, draft)
		if err != nil {
			t.Fatal(err)
		}
		var implied bytes.Buffer
		sorted.Text(&implied, report.Style{})
		document, err := json.Marshal(sorted)
		if err != nil {
			t.Fatal(err)
		}
		if all := implied.String() + string(document) + string(text); strings.Contains(all, "hunter2") {
			t.Fatalf("a secret is implied:\n%s", all)
		}
		folder := filepath.Join(dir, "profiles", "moved")
		writeFile(t, filepath.Join(folder, "deployment.cue"), string(text))
		after, err := e.Resolve(compile.Request{Path: folder})
		if err != nil || len(after.Violations) > 0 {
			t.Fatalf("%v, %+v\n%s", err, after, text)
		}
		for _, i := range sorted.Items {
			kind, curated := kinds[i.Target]
			if now := after.Profile.Values()[i.Target]; curated && (i.Status == migrate.Changed || i.Status == migrate.Redundant) &&
				!registry.EqualValues(kind, now, i.Value) {
				t.Errorf("%s was %v and is %v by\n%s", i.Target, i.Value, now, text)
			}
		}
		if !strings.Contains(string(text), `"abc.dsql.eu-west-1.on.aws"`) || !strings.Contains(string(text), "DSQL_UNREAD: unread") {
			t.Errorf("the site, or what was not carried over, is missing from\n%s", text)
		}
	})
}

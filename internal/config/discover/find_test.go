package discover_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/temporal-dsql/temporal-dsql/internal/config/discover"
)

// A folder is classified by its syntax alone: a deployment, a helper, a part that folders
// below share, or nothing. Files with a wrong name are found by name and by content.
func TestFindDeployments(t *testing.T) {
	const archive = `
-- cue.mod/module.cue --
module: "acme.example/infra@v0"
language: version: "v0.17.0"
-- presets/p.cue --
package presets
x: 1
-- policies/p.rego --
package p
-- k8s/deployment.yaml --
kind: Deployment
-- data/d.cue --
package data
x: 1
-- profiles/deployments.cue --
@extern(embed)

package all
_written: _ @embed(glob=*/deployment.yaml)
files: {}
-- profiles/common/c.cue --
package common
#A: 1
_b: 2
-- profiles/common/notes.txt --
notes
-- profiles/labels/c.cue --
package labels
#A: 1
b: 2
-- profiles/optional/c.cue --
package optional
a?: 1
-- profiles/loop/c.cue --
package loop
#A: 1
for x in [1] {"a\(x)": x}
-- profiles/base/d.cue --
package base
x: 1
-- profiles/base/prod/d.cue --
package base
#A: 1
-- profiles/base/other/d.cue --
package other
#A: 1
-- profiles/ignored/_d.cue --
package ignored
-- profiles/two/a.cue --
package a
-- profiles/two/b.cue --
package b
-- profiles/group/a/deployment.json --
{}
-- profiles/group/.hidden/d.cue --
package hidden
x: 1
-- profiles/out/profile.json --
{}
-- profiles/out/charts/values.yaml --
preset: starter
-- profiles/names/Deployment.yaml --
-- profiles/names/deployement.yml --
-- profiles/names/deployment.ymal --
-- profiles/names/deployment.CUE --
-- profiles/names/deployments.yaml --
-- profiles/names/deployment.md --
-- profiles/names/prod.json --
{"a": {"preset": "starter"}}
-- profiles/names/staging.yaml --
"preset": starter
-- profiles/names/production.yaml --
$schema: x
preset: ""
`
	root := t.TempDir()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		name := filepath.Join(root, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(root, "profiles", "hollow"), 0o755); err != nil {
		t.Fatal(err)
	}
	elsewhere := t.TempDir()
	if err := os.WriteFile(filepath.Join(elsewhere, "deployment.yaml"), []byte("preset: starter\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{
		"link-linked": elsewhere, "link-again": elsewhere, "link-loop": root, "link-sibling": filepath.Join(root, "profiles", "group"),
		"links-misnamed/deploymnt.yaml": filepath.Join(elsewhere, "deployment.yaml"),
		"links-named/deployment.yaml":   filepath.Join(elsewhere, "deployment.yaml"),
		"links-broken/deployment.json":  "nowhere", "links-cue/d.cue": "nowhere", "links-other/values.txt": "nowhere",
	} {
		name := filepath.Join(root, "profiles", filepath.FromSlash(link))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, name); err != nil {
			t.Fatal(err)
		}
	}
	kinds := map[discover.Kind]string{
		discover.KindDeployment: "deployment", discover.KindCandidate: "candidate", discover.KindHelper: "helper",
		discover.KindMisnamed: "misnamed", discover.KindNothing: "nothing",
	}
	want := []string{
		"k8s deployment",
		"profiles/base candidate",
		"profiles/base/other helper",
		"profiles/base/prod deployment",
		"profiles/common helper",
		"profiles/group/a deployment",
		"profiles/ignored nothing",
		"profiles/labels deployment",
		"profiles/link-again deployment",
		"profiles/links-broken deployment",
		"profiles/links-cue deployment",
		"profiles/links-misnamed/deploymnt.yaml misnamed",
		"profiles/links-named deployment",
		"profiles/links-other nothing",
		"profiles/loop deployment",
		"profiles/names/Deployment.yaml misnamed",
		"profiles/names/deployement.yml misnamed",
		"profiles/names/deployment.CUE misnamed",
		"profiles/names/deployment.ymal misnamed",
		"profiles/names/staging.yaml misnamed",
		"profiles/optional deployment",
		"profiles/out deployment",
		"profiles/two deployment",
	}
	for _, dir := range []string{root, filepath.Join(root, "profiles")} {
		found, err := discover.FindDeployments(dir)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range found {
			rel, err := filepath.Rel(root, f.Path)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprint(filepath.ToSlash(rel), " ", kinds[f.Kind]))
		}
		if dir != root {
			want = want[1:]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", dir, diff)
		}
	}
}

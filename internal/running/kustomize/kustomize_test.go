package kustomize

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
)

// open writes the files of an archive to a folder, and opens the kustomization in its folder root.
func open(t *testing.T, archive *txtar.Archive) (dir string, file *configtext.Text, doc *yaml.Node) {
	t.Helper()
	dir = t.TempDir()
	for _, f := range archive.Files {
		path := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file = &configtext.Text{
		Name: filepath.Join(dir, "root", "kustomization.yaml"), Files: configtext.OnDisk, Budget: budget.NewConfiguration(),
		Redactor: redact.New(nil), Findings: &configtext.Findings{},
	}
	content, err := file.Files.Open(file.Name)
	if err != nil {
		t.Fatal(err)
	}
	file.SetContent(content)
	docs, err := file.ParseDocuments()
	if err != nil {
		t.Fatal(err)
	}
	return dir, file, docs[0]
}

// Resources are those that kustomize itself builds, and the place of each value is where a file has it.
func TestResourcesAreThoseOfKustomize(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archive", err)
	}
	for _, name := range archives {
		t.Run(filepath.Base(name), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			_, file, doc := open(t, archive)
			rendered, err := Render(file, doc)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range rendered.Text.Findings.Notices {
				t.Errorf("%s: %s", n.Pos, n.Message)
			}
			for _, p := range rendered.Text.Findings.Unread {
				t.Errorf("%s: %s", p.Pos, p.Message)
			}
			got := map[string]any{}
			for _, n := range rendered.Resources {
				value, err := rendered.Text.Value(n)
				if err != nil {
					t.Fatal(err)
				}
				got[identify(value)] = value
				checkPlaces(t, rendered.Text, n)
			}
			if diff := cmp.Diff(readBuilt(t, archive), got); diff != "" {
				t.Errorf("resources (-kustomize +here):\n%s", diff)
			}
		})
	}
}

// identify returns the kind, name and namespace of a resource.
func identify(resource any) string {
	fields := resource.(map[string]any)
	metadata := fields["metadata"].(map[string]any)
	return fmt.Sprint(fields["kind"], " ", metadata["name"], " ", metadata["namespace"])
}

// readBuilt returns the resources that kustomize built, with the data of Secrets as text.
func readBuilt(t *testing.T, archive *txtar.Archive) map[string]any {
	t.Helper()
	built := map[string]any{}
	for _, f := range archive.Files {
		if f.Name != "built.yaml" {
			continue
		}
		for part := range strings.SplitSeq(string(f.Data), "\n---\n") {
			var resource map[string]any
			if err := yaml.Unmarshal([]byte(part), &resource); err != nil {
				t.Fatal(err)
			}
			if data, ok := resource["data"].(map[string]any); ok && resource["kind"] == "Secret" {
				for name, value := range data {
					text, err := base64.StdEncoding.DecodeString(value.(string))
					if err != nil {
						t.Fatal(err)
					}
					data[name] = string(text)
				}
				delete(resource, "data")
				delete(resource, "type")
				resource["stringData"] = data
			}
			built[identify(resource)] = resource
		}
	}
	return built
}

// checkPlaces checks that the place of each value is one where a file has it: for an image that of its tag, and for a name the
// one that is changed.
func checkPlaces(t *testing.T, text *configtext.Text, n *yaml.Node) {
	t.Helper()
	if n.Kind == yaml.ScalarNode {
		at := text.Position(n)
		data, err := os.ReadFile(at.File)
		if err != nil {
			t.Fatalf("%s: %v", n.Value, err)
		}
		lines := strings.Split(string(data), "\n")
		if at.Line < 1 || at.Line > len(lines) || at.Column < 1 || at.Column > len(lines[at.Line-1])+1 {
			t.Errorf("%s is at %s", n.Value, at)
			return
		}
		value := n.Value[strings.LastIndexAny(n.Value, ":")+1:]
		if rest := lines[at.Line-1][at.Column-1:]; !strings.Contains(n.Value, "\n") && !strings.Contains(rest, value) &&
			!strings.Contains(n.Value, "-") {
			t.Errorf("%s is at %s: %s", n.Value, at, rest)
		}
	}
	for i, below := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			continue
		}
		name := n.Content[max(0, i-1)].Value
		if n.Kind == yaml.MappingNode && (name == "kind" || name == "apiVersion" || name == "namespace") {
			continue // (of generated resources)
		}
		checkPlaces(t, text, below)
	}
}

// What kustomize build rejects, and what is not followed here, is noted at its place.
func TestNotices(t *testing.T) {
	var bomb strings.Builder
	for n := range 40 {
		fmt.Fprintf(&bomb, "    - {op: copy, from: '', path: /x%d}\n", n)
	}
	const deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: 1}\n"
	for name, c := range map[string]struct{ kustomization, want string }{
		"outside":      {"resources: [../a.yaml]", "1:13 unread_source: the resource ../a.yaml is not in or below the kustomization's folder, so"},
		"absent":       {"patches: [{path: gone.yaml}]", "1:18 missing_file: the patch gone.yaml does not exist, so what it sets is unknown"},
		"itself":       {"resources: [.]", "1:13 unread_source: the folder has this kustomization among its own, which kustomize rejects"},
		"no folder":    {"components: [../none]", "1:14 unread_source: the folder has no kustomization, so what it sets is unknown"},
		"remote":       {"resources: [\"github.com/a/b?ref=v1\"]", "1:13 unread_source: remote resources are not fetched, so what they set is unknown"},
		"replacements": {"resources: [d.yaml]\nreplacements: [{}]", "2:16 unread_source: replacements are not applied here, so the values that they change are those before it"},
		"no target": {
			"resources: [d.yaml]\npatches:\n- patch: '[{\"op\": \"remove\", \"path\": \"/spec\"}]'",
			"3:3 unread_source: this JSON patch has no target, so kustomize build fails",
		},
		"other target": {
			"resources: [d.yaml]\npatches:\n- patch: 'kind: Deployment\n\n    metadata: {name: b}'",
			"3:3 unread_source: no resource has the kind, name and namespace of this patch, so kustomize build fails",
		},
		"unread target": {
			"resources: [gone.yaml, d.yaml]\npatches:\n- patch: 'kind: Deployment\n\n    metadata: {name: b}'",
			"1:13 missing_file: the resource gone.yaml does not exist, so what it sets is unknown\n" +
				"3:3 unread_source: the target of this patch is not among the resources that are read, so what it changes is unknown",
		},
		"selector": {
			"resources: [d.yaml]\npatches:\n- {target: {labelSelector: 'a in (b)'}, patch: '[{\"op\": \"remove\", \"path\": \"/spec\"}]'}",
			"3:12 unread_source: the labelSelector is not evaluated, so this patch is not applied",
		},
		"operation": {
			"resources: [d.yaml]\npatches:\n- target: {kind: Deployment}\n  patch: |\n    - {op: test, path: /spec/replicas, value: 2}",
			"5:7 unread_source: the patch of Deployment a fails, and with it kustomize build: the value at /spec/replicas is another",
		},
		"other namespace": {
			"resources: [d.yaml]\npatches:\n- patch: 'kind: Deployment\n\n    metadata: {name: a, namespace: b}'",
			"3:3 unread_source: no resource has the kind, name and namespace of this patch, so kustomize build fails",
		},
		"generated twice": {
			"resources: [d.yaml]\nconfigMapGenerator: [{name: a, literals: [A=1]}, {name: a, literals: [A=2]}]",
			"2:50 unread_source: there is another ConfigMap a, so kustomize build fails",
		},
		"binary data": {"resources: [d.yaml]\nsecretGenerator: [{name: a, files: [store.jks, key=store.jks]}]", ""},
		"repeated key": {
			"resources: [d.yaml]\nconfigMapGenerator: [{name: a, literals: [A=1, A=2]}]",
			"2:48 unread_source: the key A is repeated, so kustomize build fails",
		},
		"line of an env file": {
			"resources: [d.yaml]\nconfigMapGenerator: [{name: a, envs: [lines.env]}]",
			"lines.env:2:2 unread_source: not a valid name of a value: Kubernetes rejects the ConfigMap that kustomize generates",
		},
		"no ConfigMap to merge": {
			"resources: [d.yaml]\nconfigMapGenerator: [{name: a, behavior: merge, literals: [A=1]}]",
			"2:22 unread_source: there is no ConfigMap a to merge, so kustomize build fails",
		},
		"no Secret to replace": {
			"resources: [d.yaml]\nsecretGenerator: [{name: a, behavior: replace, literals: [A=1]}]",
			"2:19 unread_source: there is no Secret a to replace, so kustomize build fails",
		},
		"unread ConfigMap to merge": {
			"resources: [gone.yaml]\nconfigMapGenerator: [{name: a, behavior: merge, literals: [A=1]}]",
			"1:13 missing_file: the resource gone.yaml does not exist, so what it sets is unknown\n" +
				"2:22 unread_source: the ConfigMap a to merge is not among the resources that are read, so what else it sets is unknown",
		},
		"expression": {
			"resources: [d.yaml]\npatches:\n- {target: {name: '('}, patch: '[{\"op\": \"remove\", \"path\": \"/spec\"}]'}",
			"3:12 target.name: not a valid regular expression: error parsing regexp: missing closing ): `^(?:()$`",
		},
		"bomb": {
			"resources: [d.yaml]\npatches:\n- target: {kind: Deployment}\n  patch: |\n" + bomb.String(),
			"more than the limit of 200000 configuration values",
		},
	} {
		t.Run(name, func(t *testing.T) {
			archive := &txtar.Archive{Files: []txtar.File{
				{Name: "root/kustomization.yaml", Data: []byte(c.kustomization)},
				{Name: "root/d.yaml", Data: []byte(deployment)},
				{Name: "root/lines.env", Data: []byte("A=1\n\texport Q=1\nB=2\n=3\n")},
				{Name: "root/store.jks", Data: []byte("\xfe\xed\x00\x02")},
				{Name: "a.yaml", Data: []byte(deployment)},
				{Name: "none/d.yaml", Data: []byte(deployment)},
			}}
			dir, text, docs := open(t, archive)
			_, err := Render(text, docs)
			var found []string
			for _, n := range text.Findings.Notices {
				if n.Pos.File = filepath.Base(n.Pos.File); n.Pos.File == FileNames[0] {
					n.Pos.File = ""
				}
				found = append(found, strings.TrimPrefix(n.Pos.String(), ":")+" "+n.Rule+": "+n.Message)
			}
			for _, p := range text.Findings.Unread {
				p.Pos.File = ""
				found = append(found, strings.TrimPrefix(p.Pos.String(), ":")+" "+p.Message)
			}
			if err != nil {
				found = append(found, err.Error())
			}
			got := strings.NewReplacer(dir+"/root/", "", dir+"/", "../").Replace(strings.Join(found, "\n"))
			if !strings.Contains(got, c.want) || c.want == "" && got != "" || strings.Count(got, "\n") != strings.Count(c.want, "\n") {
				t.Errorf("it notes\n%s\nand not\n%s", got, c.want)
			}
		})
	}
}

// Each line of an env file is read as kustomize reads it, whatever the others are.
func TestLinesOfEnvFile(t *testing.T) {
	for line, want := range map[string]string{
		"A=1":         "A=1",
		" \tA= 1 ":    "A= 1 ",
		"A='1' # b":   "A='1' # b",
		"A":           "A=",
		"A=1\r":       "A=1",
		"A=b=c":       "A=b=c",
		"# A=1":       "",
		"=1":          "",
		"export A=1":  "",
		"A =1":        "",
		"my.env-name": "my.env-name=",
	} {
		dir, file, doc := open(t, &txtar.Archive{Files: []txtar.File{
			{Name: "root/kustomization.yaml", Data: []byte("configMapGenerator: [{name: a, envs: [a.env]}]")},
			{Name: "root/a.env", Data: []byte("FIRST=1\n" + line + "\nLAST=2")},
		}})
		rendered, err := Render(file, doc)
		if err != nil || len(rendered.Resources) != 1 || len(file.Findings.Unread) > 0 {
			t.Fatalf("%q: %v, %v in %s", line, err, file.Findings.Unread, dir)
		}
		var got []string
		data := findField(rendered.Resources[0], "data").Content
		for i := 0; i < len(data); i += 2 {
			got = append(got, data[i].Value+"="+data[i+1].Value)
		}
		expected := slices.DeleteFunc([]string{"FIRST=1", want, "LAST=2"}, func(s string) bool { return s == "" })
		if diff := cmp.Diff(expected, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", line, diff)
		}
	}
}

// A patch selects resources by the labels and annotations that kustomizations below it, or lists before it, have set.
func TestSetLabelsAreSelected(t *testing.T) {
	const resource = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, labels: {app: old}}\nspec: {replicas: 1}\n"
	for name, c := range map[string]struct {
		base, selector, list string
		want                 string
	}{
		"labels":              {"labels: [{pairs: {app: new}}]", "labelSelector: app=new", "patches", "5"},
		"a replaced label":    {"labels: [{pairs: {app: new}}]", "labelSelector: app=old", "patches", "1"},
		"labels in common":    {"commonLabels: {team: x}", "labelSelector: 'app=old,team=x'", "patches", "5"},
		"annotations":         {"commonAnnotations: {note: x}", "annotationSelector: note=x", "patches", "5"},
		"later of one file":   {"", "labelSelector: own=x", "patchesJson6902", "5"},
		"earlier of one file": {"", "labelSelector: own=x", "patches", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, file, doc := open(t, &txtar.Archive{Files: []txtar.File{
				{Name: "base/kustomization.yaml", Data: []byte("resources: [d.yaml]\n" + c.base)},
				{Name: "base/d.yaml", Data: []byte(resource)},
				{Name: "root/kustomization.yaml", Data: []byte("resources: [../base]\ncommonLabels: {own: x}\n" + c.list +
					":\n- {target: {" + c.selector + "}, patch: '[{\"op\": \"replace\", \"path\": \"/spec/replicas\", \"value\": 5}]'}")},
			}})
			rendered, err := Render(file, doc)
			if err != nil || len(rendered.Resources) != 1 || len(file.Findings.Notices) > 0 {
				t.Fatal(err, file.Findings.Notices)
			}
			if got := findField(rendered.Resources[0], "spec", "replicas").Value; got != c.want {
				t.Errorf("it has %s replicas, not %s", got, c.want)
			}
		})
	}
}

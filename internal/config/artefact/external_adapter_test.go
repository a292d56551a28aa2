package artefact

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// adapter is an executable adapter written in sh.
func adapter(t *testing.T, script string) Executable {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Fatal("there is no sh")
	}
	path := filepath.Join(t.TempDir(), adapterPrefix+"x")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return Executable{Name: "x", kind: "sdk", path: path, limit: time.Minute}
}

func wantError(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Fatalf("got error %v, want one with %q", err, text)
	}
}

func TestExtendNames(t *testing.T) {
	for _, c := range []struct{ name, refusal string }{
		{"./why.md", "expected a clean relative path"},
		{"./manifest.json", "expected a clean relative path"},
		{"charts//values.yaml", "expected a clean relative path"},
		{"charts/", "expected a clean relative path"},
		{"charts/../x", "expected a clean relative path"},
		{".", "expected a clean relative path"},
		{"", "outside"},
		{"..", "outside"},
		{"../x", "outside"},
		{"/etc/x", "outside"},
		{`a\\b`, "backslash"},
		{`a\u0000b`, "NUL"},
		{"manifest.json", "compiler's own"},
		{"Manifest.JSON", "compiler's own"},
		{"manifest.json/x", "compiler's own"},
		{"why.md", "taken by why.md"},
		{"WHY.md", "taken by why.md"},
		{"empty", "taken by empty"},
		{"why.md/x", "why.md is a file"},
		{"folder", "folder/file makes a folder of it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := adapter(t, `cat >/dev/null; printf '%s' '{"files":{"aaa":"x","`+c.name+`":"x"}}'`)
			r := &Result{Files: map[string]string{"why.md": "why", "empty": "", "folder/file": "x"}, Executables: []Executable{x}}
			err := r.RunAdapters(t.Context())
			wantError(t, err, c.refusal)
			var failed *AdapterError
			if !errors.As(err, &failed) || failed.Name != "x" {
				t.Errorf("%v does not name the adapter", err)
			}
			if len(r.Files) != 3 || len(r.Snippets) != 0 {
				t.Errorf("files were taken all the same: %v", r.Files)
			}
		})
	}
}

// An answer can clash with itself.
func TestExtendParents(t *testing.T) {
	x := adapter(t, `cat >/dev/null; echo '{"files":{"a/b":"x","a":"x"}}'`)
	r := &Result{Files: map[string]string{}, Executables: []Executable{x}}
	wantError(t, r.RunAdapters(t.Context()), `"a/b": a is a file`)
}

func TestExtend(t *testing.T) {
	x := adapter(t, `printf '{"language":"yaml","files":{"charts/values.yaml":%s}}' "$(cat)"`)
	r := &Result{JSON: []byte(`"profile"`), Files: map[string]string{"why.md": ""}, Executables: []Executable{x}}
	if err := r.RunAdapters(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := Snippet{Adapter: "x", Kind: "sdk", Language: "yaml", Filename: "charts/values.yaml", Content: "profile"}
	if len(r.Snippets) != 1 || r.Snippets[0] != want || r.Files["charts/values.yaml"] != "profile" {
		t.Errorf("got %+v, files %v", r.Snippets, r.Files)
	}
}

// A name with a separator must not find an executable outside of PATH.
func TestFindExecutableOnPathOnly(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.MkdirAll(adapterPrefix+"a", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("evil", []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if x, found := FindExecutable("sdk", "a/../evil"); found {
		t.Errorf("found %s", x.path)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func TestLimited(t *testing.T) {
	told := false
	l := limitedBuffer{full: func() { told = true }}
	_, err := io.Copy(&l, io.LimitReader(zeros{}, 4*budget.AdapterOutput.Most))
	if !errors.Is(err, errOversize) || !told {
		t.Errorf("copy 64 MiB: error %v, told %v", err, told)
	}
	if int64(l.buf.Len()) > budget.AdapterOutput.Most {
		t.Errorf("%d bytes were kept", l.buf.Len())
	}
}

// The adapter would go on for a minute after its output was refused.
func TestOversizeEnds(t *testing.T) {
	for name, script := range map[string]string{
		"stdout": "head -c 67108864 /dev/zero; exec sleep 50",
		"stderr": "head -c 67108864 /dev/zero >&2; exec sleep 50",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := adapter(t, script).runAdapter(t.Context(), nil)
			if err == nil || err.Error() != "wrote more than 16777216 bytes" {
				t.Errorf("got error %v", err)
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// A child beats for ten seconds, unless it is ended with its parent.
const heart = `(for i in $(seq 100); do echo >>"$0.beat"; sleep 0.1; done) >/dev/null 2>&1 &
`

func wantStill(t *testing.T, x Executable) {
	t.Helper()
	beats := func() int64 {
		info, err := os.Stat(x.path + ".beat")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	was := beats()
	time.Sleep(500 * time.Millisecond)
	if now := beats(); now != was {
		t.Errorf("a child of the adapter lives on: %d beats became %d", was, now)
	}
}

func TestSlowAdapterEndsWithItsChildren(t *testing.T) {
	x := adapter(t, heart+"sleep 50")
	x.limit = 2 * time.Second
	_, err := x.runAdapter(t.Context(), nil)
	if err == nil || err.Error() != "gave no answer within 2s" {
		t.Errorf("got error %v", err)
	}
	wantStill(t, x)
}

func TestFailedAdapterEndsWithItsChildren(t *testing.T) {
	x := adapter(t, heart+"sleep 0.5; echo no luck >&2; exit 4")
	_, err := x.runAdapter(t.Context(), nil)
	wantError(t, err, "exit status 4: no luck")
	wantStill(t, x)
}

func TestAdapterLeavesOutputOpen(t *testing.T) {
	start := time.Now()
	_, err := adapter(t, "sleep 50 &").runAdapter(t.Context(), nil)
	wantError(t, err, "left a process behind")
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestInterruptedAdapter(t *testing.T) {
	x := adapter(t, heart+"sleep 50")
	// as signal.NotifyContext does, which has its own cause
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		// once it runs
		for range 200 {
			if _, err := os.Stat(x.path + ".beat"); err == nil {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		cancel(errors.New("interrupt signal received"))
	}()
	r := &Result{Files: map[string]string{}, Executables: []Executable{x}}
	if err := r.RunAdapters(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v", err)
	}
	wantStill(t, x)
	if err := r.RunAdapters(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("before it starts: got error %v", err)
	}
}

func TestAnswers(t *testing.T) {
	for name, c := range map[string]struct{ script, want string }{
		"invalid":  {"echo oops", `its answer is not {"files": {PATH: CONTENT}}: invalid character`},
		"trailing": {`echo '{"files":{"a":"b"}} more'`, "its answer is not"},
		"empty":    {`echo '{"files":{}}'`, "it wrote no files"},
		"nothing":  {"", "its answer is not"},
		"fails":    {"echo no luck >&2; exit 4", "exit status 4: no luck"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := adapter(t, c.script).runAdapter(t.Context(), []byte("unread"))
			wantError(t, err, c.want)
		})
	}
}

// Whatever an adapter answers, its files are taken all together or not at all,
// each within the output folder, and none in the place of another.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"language": "yaml", "files": {"charts/values.yaml": "a: 1", "b": ""}}`,
		`{"files": {"../x": "", "/etc/passwd": "", "a\\b": "", "WHY.md": ""}}`,
		`{"files": {"a": "", "a/b": ""}}`, `{"files": {"a": 1}}`, `{"files": {}}`, `{"FILES": {"x": "y"}}`, "[]", "null", "", "{} {}", "\xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, stdout []byte) {
		a, err := readAnswer(stdout)
		if err != nil {
			return
		}
		r := &Result{Files: map[string]string{"why.md": "why", "folder/file": "x"}}
		taken, err := newLayout(r.Files)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.addFiles(Executable{Name: "x", kind: "sdk"}, a, taken); err != nil {
			if len(r.Files) != 2 || len(r.Snippets) > 0 {
				t.Fatalf("%v, and all the same %v is taken", err, r.Files)
			}
			return
		}
		if len(r.Snippets) != len(a.Files) || len(r.Files) != 2+len(a.Files) || r.Files["why.md"] != "why" {
			t.Fatalf("of %v, %v is taken", a.Files, r.Files)
		}
		for name := range r.Files {
			if path := filepath.Join("/out", filepath.FromSlash(name)); !strings.HasPrefix(path, "/out/") {
				t.Fatalf("%q lies outside", name)
			}
		}
	})
}

package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/diff"
	"github.com/temporal-dsql/temporal-dsql/internal/report"
)

// A checked folder, and the files in it that are not as a compile writes them.
type checked struct {
	Folder   string      `json:"folder"`
	UpToDate bool        `json:"up_to_date"`
	Files    []deviation `json:"files"`
}

type deviation struct {
	Path    string `json:"path"`
	State   string `json:"state"`
	Unified string `json:"diff,omitempty"`
}

// states: what they mean to somebody who has not met them.
var states = map[string]string{
	compile.Missing: "missing: a compile writes it",
	compile.Stale:   "stale: a compile writes another",
	compile.Edited:  "edited by hand, or not written by a compile",
	compile.Extra:   "left over: a compile no longer writes it",
}

// outdated says that artefacts are not those of the deployment: what is the
// matter with each is printed already.
type outdated struct {
	folder string
	files  int
}

func (o outdated) Error() string {
	files := fmt.Sprintf("%d files", o.files)
	if o.files == 1 {
		files = "1 file"
	}
	return fmt.Sprintf("%s: %s not as a compile writes them; --out in place of --check brings the folder up to date", o.folder, files)
}

// check holds a folder against a result, and writes nothing.
func (a *app) check(result *compile.Result, o *compileOptions) error {
	found, err := result.Check(o.check)
	if err != nil {
		return err
	}
	doc := checked{Folder: o.check, UpToDate: len(found) == 0, Files: []deviation{}}
	for _, d := range found {
		x := deviation{Path: d.Path, State: d.State}
		// of a whole file there is no difference to see
		if d.State == compile.Stale || d.State == compile.Edited {
			x.Unified = diff.Unified(d.Path, d.Is, d.Would)
		}
		doc.Files = append(doc.Files, x)
	}
	if err := a.print(o.format, doc, doc.text); err != nil {
		return err
	}
	if len(found) > 0 {
		return outdated{o.check, len(found)}
	}
	return nil
}

func (c checked) text(w io.Writer, style report.Style) {
	if c.UpToDate {
		fmt.Fprintf(w, "%s is up to date\n", c.Folder)
	}
	for _, f := range c.Files {
		fmt.Fprintf(w, "%s: %s\n%s", style.Bold(f.Path), states[f.State], strings.TrimSuffix(f.Unified, "\n"))
		if f.Unified != "" {
			fmt.Fprintln(w)
		}
	}
}

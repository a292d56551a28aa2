package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/diff"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
)

// A checked folder, and the files in it that are not as a compile writes them.
type checked struct {
	Folder   string      `json:"folder"`
	UpToDate bool        `json:"up_to_date"`
	Files    []deviation `json:"files"`

	by string // what writes it
}

type deviation struct {
	Path    string `json:"path"`
	State   string `json:"state"`
	Unified string `json:"diff,omitempty"`
}

// states: what they mean to somebody who has not met them; %s writes the files.
var states = map[string]string{
	compile.Missing: "missing: %s writes it",
	compile.Stale:   "stale: %s writes another",
	compile.Edited:  "edited by hand, or not written by %s",
	compile.Extra:   "left over: %s no longer writes it",
}

// outdated says that artefacts are not those of the deployment: what is the
// matter with each is printed already.
type outdated struct {
	folder string
	files  int
	by     string
}

func (o outdated) Error() string {
	files := fmt.Sprintf("%d files", o.files)
	if o.files == 1 {
		files = "1 file"
	}
	return fmt.Sprintf("%s: %s not as %s writes them; --out in place of --check brings the folder up to date", o.folder, files, o.by)
}

// check holds a folder against a result, and writes nothing.
func (a *app) check(result *compile.Result, o *compileOptions) error {
	found, err := result.Check(o.check)
	if err != nil {
		return err
	}
	return a.printCheck(o.format, o.check, "a compile", found)
}

// printCheck prints what is the matter with a folder, and says so as an error.
func (a *app) printCheck(f format, folder, by string, found []compile.Deviation) error {
	doc := checked{Folder: folder, UpToDate: len(found) == 0, Files: []deviation{}, by: by}
	for _, d := range found {
		x := deviation{Path: d.Path, State: d.State}
		// of a whole file there is no difference to see
		if d.State == compile.Stale || d.State == compile.Edited {
			x.Unified = diff.Unified(d.Path, d.Is, d.Would)
		}
		doc.Files = append(doc.Files, x)
	}
	if err := a.print(f, doc, doc.text); err != nil {
		return err
	}
	if len(found) > 0 {
		return outdated{folder, len(found), by}
	}
	return nil
}

func (c checked) text(w io.Writer, style report.Style) {
	if c.UpToDate {
		fmt.Fprintf(w, "%s is up to date\n", c.Folder)
	}
	for _, f := range c.Files {
		fmt.Fprintf(w, "%s: %s\n%s", style.Bold(f.Path), fmt.Sprintf(states[f.State], c.by), strings.TrimSuffix(f.Unified, "\n"))
		if f.Unified != "" {
			fmt.Fprintln(w)
		}
	}
}

package command

import (
	"fmt"
	"io"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/diff"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
)

// checkDocument lists the files of a folder that differ from a compile.
type checkDocument struct {
	Folder   string              `json:"folder"`
	UpToDate bool                `json:"up_to_date"`
	Files    []deviationDocument `json:"files"`

	writer string // command that writes the folder
}

// deviationDocument describes one file that differs.
type deviationDocument struct {
	Path    string `json:"path"`
	State   string `json:"state"`
	Unified string `json:"diff,omitempty"`
}

// stateTexts explain the states of a file; %s names the command that writes it.
var stateTexts = map[string]string{
	artefact.Missing: "missing: %s would create it",
	artefact.Stale:   "stale: %s would write other content",
	artefact.Edited:  "edited by hand, or not written by %s",
	artefact.Extra:   "left over: %s no longer writes it",
}

// PrintCheck prints the files that differ and returns an error if there are any.
func (a *App) PrintCheck(f FormatFlag, folder, by string, found []artefact.Deviation) error {
	doc := checkDocument{Folder: folder, UpToDate: len(found) == 0, Files: []deviationDocument{}, writer: by}
	for _, d := range found {
		x := deviationDocument{Path: d.Path, State: d.State}
		// a new or a removed file has no diff
		if d.State == artefact.Stale || d.State == artefact.Edited {
			x.Unified = diff.Unified(d.Path, d.Is, d.Would)
		}
		doc.Files = append(doc.Files, x)
	}
	if err := a.PrintDocument(f, doc, doc.writeText); err != nil {
		return err
	}
	if len(found) > 0 {
		return OutdatedError{folder: folder, files: len(found), writer: by}
	}
	return nil
}

func (c checkDocument) writeText(w io.Writer, style report.Style) {
	if c.UpToDate {
		fmt.Fprintf(w, "%s is up to date\n", c.Folder)
	}
	for _, f := range c.Files {
		fmt.Fprintf(w, "%s: %s\n%s", style.Bold(f.Path), fmt.Sprintf(stateTexts[f.State], c.writer), strings.TrimSuffix(f.Unified, "\n"))
		if f.Unified != "" {
			fmt.Fprintln(w)
		}
	}
}

package configfile

import (
	"context"
	"errors"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/running/compose"
	"github.com/temporal-dsql/temporal-dsql/internal/running/composefiles"
	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// Batch reads files that are given together: their workloads take ConfigMaps from each other.
type Batch struct {
	reader Reader
	opened []*reader
	parts  map[string]bool // the files that kustomizations of the batch read, by their identities
}

// NewBatch returns a batch without files.
func (o Reader) NewBatch() *Batch { return &Batch{reader: o} }

// File reads a file, or Stdin, and the files that it refers to. Complete adds what manifests set.
func (b *Batch) File(ctx context.Context, name string) (*deployed.File, error) {
	r, err := b.reader.openFile(ctx, name)
	if err != nil {
		return nil, err
	}
	b.opened = append(b.opened, r)
	return r.file, nil
}

// Complete completes the files that were read. Kustomizations that share files, such as two overlays of a base, are separate
// clusters. The error has the problems of files that cannot be read.
func (b *Batch) Complete(ctx context.Context) error {
	b.findParts()
	separate, folders := map[*reader]string{}, []string{}
	var together []*manifestFile
	for _, r := range b.opened {
		switch {
		case b.IsPart(r.Name):
			r.pending, r.Findings = nil, &configtext.Findings{}
			r.isEmpty, r.file.Settings = true, nil
		case b.isRendered(r):
			separate[r] = deployed.FolderOf(r.Name)
			folders = append(folders, separate[r])
			if err := readTogether(r.pending); err != nil {
				return err
			}
		default:
			together = append(together, r.pending...)
		}
	}
	if err := readTogether(together); err != nil {
		return err
	}
	wrong := &source.Error{Doing: deployed.Doing}
	names := deployed.NameFolders(folders)
	var files []*deployed.File
	for _, r := range b.opened {
		files = append(files, r.file)
		err := b.reader.complete(ctx, r)
		var input *source.Error
		switch {
		case errors.As(err, &input):
			wrong.Problems = append(wrong.Problems, input.Problems...)
			*r.file = deployed.File{Name: r.file.Name, Format: r.file.Format}
		case err != nil:
			return err
		case separate[r] != "":
			deployed.NameServices(names[separate[r]], r.file.Settings, r.file.Containers)
			for i := range r.file.Settings {
				r.file.Settings[i].IsVariant = true
			}
		}
	}
	if err := b.mergeProjects(ctx, files); err != nil {
		return err
	}
	if len(wrong.Problems) > 0 {
		return wrong
	}
	return nil
}

// mergeProjects reads Compose files that Compose merges as one: the last of them has the settings of all. Files that cannot be
// merged stay as they are.
func (b *Batch) mergeProjects(ctx context.Context, files []*deployed.File) error {
	isMerged := map[*deployed.File]bool{}
	for _, merged := range composefiles.FindMerges(files) {
		var layers []*configtext.Text
		for _, f := range merged {
			layers = append(layers, b.opened[slices.Index(files, f)].Text)
		}
		top, r := merged[len(merged)-1], *b.opened[slices.Index(files, merged[len(merged)-1])]
		view := *r.Text
		view.Findings, view.Budget, layers[len(layers)-1] = &configtext.Findings{}, budget.NewConfiguration(), &view
		r.Text, r.file = &view, &deployed.File{Name: top.Name, Format: top.Format}
		found, err := compose.ReadMerged(ctx, layers, readMounted)
		if r.file.Settings = found; err == nil {
			err = b.reader.complete(ctx, &r)
		}
		input := (*source.Error)(nil)
		if err != nil && !errors.As(err, &input) {
			return err
		}
		if err == nil {
			*top = *r.file
			for _, f := range merged[:len(merged)-1] {
				isMerged[f] = true
			}
		}
	}
	for f := range isMerged {
		*f = deployed.File{Name: f.Name, Format: f.Format, Unread: f.Unread}
	}
	composefiles.NameVariants(files)
	return nil
}

// IsPart reports whether a file is read as part of a kustomization that is among the others.
func (b *Batch) IsPart(name string) bool { return b.parts[deployed.IdentifyFile(name)] }

// findParts finds the files that the kustomizations read. Of kustomizations that have each other as a resource, the first is
// none of them.
func (b *Batch) findParts() {
	b.parts = map[string]bool{}
	for _, r := range b.opened {
		own := deployed.IdentifyFile(r.Name)
		if b.parts[own] {
			continue
		}
		for id := range r.sources() {
			b.parts[id] = b.parts[id] || id != own
		}
	}
}

// isRendered reports whether a kustomization is rendered from a file from which another one is, too.
func (b *Batch) isRendered(r *reader) bool {
	sources := r.sources()
	return slices.ContainsFunc(b.opened, func(other *reader) bool {
		if other == r || b.IsPart(other.Name) {
			return false
		}
		for id := range other.sources() {
			if sources[id] {
				return true
			}
		}
		return false
	})
}

// sources returns the files that a kustomization is rendered from; nil for other files.
func (r *reader) sources() map[string]bool {
	for _, file := range r.pending {
		if file.sources != nil {
			return file.sources
		}
	}
	return nil
}

package compose

import (
	"cmp"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/consts"
	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// ReadMerged reads files that Compose merges, the weakest first, with what the last one has found.
func ReadMerged(ctx context.Context, files []*configtext.Text, readConfig ConfigReader) ([]deployed.Setting, error) {
	var layers []layer
	last := files[len(files)-1]
	for _, f := range files {
		file := *f
		file.Findings, file.Budget = last.Findings, last.Budget
		root, err := file.ParseTree()
		if err != nil {
			return nil, err
		}
		if root != nil {
			layers = append(layers, layer{&file, root})
		}
	}
	if len(layers) == 0 {
		return nil, nil
	}
	return readLayers(ctx, layers, readConfig)
}

// layer is a file that Compose merges with others.
type layer struct {
	file *configtext.Text
	root *yaml.Node
}

// readLayers returns the document of a file, or one with the services of all files that are merged.
func (c *composer) readLayers(layers []layer, given types.Mapping) (*document, error) {
	joined := &document{Text: c.Text, project: c, dir: filepath.Dir(c.Name), given: given}
	for _, x := range layers {
		d, err := c.readDocument(x.file, x.root, filepath.Dir(x.file.Name), given, []string{x.file.Name})
		if err != nil || len(layers) == 1 {
			return d, err
		}
		joined.includes = append(joined.includes, d)
	}
	return joined, nil
}

// addConfigFile adds a file that the loader merges over those before it.
func addConfigFile(details *types.ConfigDetails, x layer, text string) error {
	file := types.ConfigFile{Filename: absolutePath(x.file.Name), Content: []byte(text)}
	if json.Valid(file.Content) { // JSON is not always valid YAML
		v, err := x.file.Value(x.root)
		if err != nil {
			return err
		}
		file.Config, _ = v.(map[string]any)
	}
	details.ConfigFiles = append(details.ConfigFiles, file)
	return nil
}

// projectFiles returns the files that Compose merges if none is given to it.
func (c *composer) projectFiles(given types.Mapping) []string {
	names := given[consts.ComposeFilePath]
	if names == "" {
		return nil
	}
	var all []string
	for _, name := range strings.Split(names, cmp.Or(given[consts.ComposePathSeparator], string(os.PathListSeparator))) {
		all = append(all, c.SiblingPath(name))
	}
	return all
}

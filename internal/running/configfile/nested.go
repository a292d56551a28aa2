package configfile

import (
	"errors"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// maxInner limits the levels of files within texts of files.
const maxInner = 2

// readInner reads a configuration file in the text of a node. A text in another format has no settings; one that cannot
// be read although its format is known gives a notice.
func (r *reader) readInner(name string, at *yaml.Node, format deployed.Format) ([]deployed.Setting, error) {
	inner := &reader{Text: r.Inner(at)}
	if inner.Level() > maxInner {
		return nil, nil
	}
	if err := r.SpendBudget(at); err != nil {
		return nil, err
	}
	if configtext.HasExpressions(inner.Content()) {
		inner.StripTemplate()
	}
	docs, err := inner.ParseDocuments()
	if err == nil && len(docs) == 0 {
		return nil, nil
	}
	if err == nil && format == "" {
		if format, err = inner.detectFormat(docs); err != nil || format != deployed.Server && format != deployed.DynamicConfig {
			return nil, nil //nolint:nilerr // a text in another format
		}
	}
	var found []deployed.Setting
	if err == nil {
		found, err = inner.readFormat(format, docs)
		r.pending = append(r.pending, inner.pending...)
	}
	if err == nil {
		return found, nil
	}
	var input *source.Error
	if format == "" || !errors.As(err, &input) {
		return nil, nil
	}
	for _, p := range input.Problems {
		r.AddNotice(p.Pos, deployed.RuleUnreadablePart, name+": "+p.Message, p.Remedy)
	}
	return nil, nil
}

// readMounted reads a configuration of the server that a service mounts, and no file in another format.
func readMounted(text *configtext.Text, service string) ([]deployed.Setting, error) {
	r := &reader{Text: text}
	if configtext.HasExpressions(text.Content()) {
		text.StripTemplate()
	}
	docs, err := r.ParseDocuments()
	if err == nil && len(docs) == 0 {
		return nil, nil
	}
	format := deployed.Format("")
	if err == nil {
		format, err = r.detectFormat(docs)
	}
	isDynamic := strings.Contains(strings.ToLower(filepath.Base(text.Name)), "dynamic")
	if err != nil && !isDynamic || err == nil && format != deployed.DynamicConfig && format != deployed.Server {
		return nil, nil
	}
	var found []deployed.Setting
	if err == nil {
		found, err = r.readFormat(format, docs)
	}
	var input *source.Error
	if errors.As(err, &input) {
		for _, p := range input.Problems {
			text.AddNotice(p.Pos, deployed.RuleUnreadablePart, p.Message, p.Remedy)
		}
		return nil, nil
	}
	if format == deployed.Server {
		for i := range found {
			found[i].Service = service
		}
	}
	return found, err
}

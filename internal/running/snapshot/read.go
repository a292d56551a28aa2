package snapshot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
	"github.com/temporal-dsql/temporal-dsql/internal/running/configfile"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// Profile is the format of a compile's config profile.
const Profile deployed.Format = "profile"

// Formats returns the formats of inline configuration.
func Formats() []deployed.Format { return append(slices.Clone(deployed.Formats), Profile) }

// collection is one snapshot in progress.
type collection struct {
	*Taker
	engine   *compile.Engine // set once the sources are read
	redactor *redact.Redactor
	budget   *budget.Configuration // limits what came with the request
	parts    []sourceSettings
	compiled *artefact.Result // config profile given last
	server   string           // version that a frontend reports
	sources  []string
	remarks  []string // what is unknown, and why
	wrong    []error
}

// sourceSettings holds the settings of one source.
type sourceSettings struct {
	source   string
	settings []deployed.Setting
}

// sourceResult is the result of one network source.
type sourceResult struct {
	parts   []sourceSettings
	server  string
	sources []string
	remarks []string
	err     error
}

func (r *collection) addResult(a sourceResult) {
	if a.err != nil {
		r.wrong = append(r.wrong, a.err)
		return
	}
	r.parts = append(r.parts, a.parts...)
	r.sources = append(r.sources, a.sources...)
	r.remarks = append(r.remarks, a.remarks...)
	if a.server != "" {
		r.server = a.server
	}
}

func (r *collection) recordError(source string, fault Fault, err error, remedy string) {
	r.wrong = append(r.wrong, r.sourceError(source, fault, err, remedy))
}

// sourceError returns a SourceError without secrets.
func (r *collection) sourceError(source string, fault Fault, err error, remedy string) *SourceError {
	redacted := r.redactor.RedactMessage(err.Error())
	if redacted != err.Error() {
		err = errors.New(redacted)
	}
	return &SourceError{Source: r.redactor.RedactMessage(source), Fault: fault, Err: err, Remedy: remedy}
}

// readProfile reads the output of a compile: the profile and, from a folder, its platform-independent settings.
func (r *collection) readProfile(ctx context.Context, path string) {
	if path == "" {
		return
	}
	result, err := artefact.LoadArtefacts(path)
	if err != nil {
		r.recordError("config profile "+path, OfService, err, "use the profile.json or profile.yaml of a compile, or its folder")
		return
	}
	r.compiled = result
	r.sources = append(r.sources, "config profile "+path)
	for _, name := range slices.Sorted(maps.Keys(result.Files)) {
		format, core := coreFiles[name]
		if !core {
			continue
		}
		file, err := configfile.Reader{Format: format, Redactor: r.redactor}.Text(ctx, name, []byte(result.Files[name]))
		if err != nil {
			r.recordError("config profile "+path, OfService, err, "compile it again")
			return
		}
		r.parts = append(r.parts, sourceSettings{path + "/" + name, file.Settings})
	}
}

// coreFiles are the platform-independent files of a compile.
var coreFiles = map[string]deployed.Format{"dynamic_config.yaml": deployed.DynamicConfig, "dsql.env": deployed.Env}

func (r *collection) readFile(ctx context.Context, f File) {
	file, err := configfile.Reader{Format: f.Format, Redactor: r.redactor}.File(ctx, f.Path)
	if err != nil {
		r.recordError(f.Path, OfService, err, "correct the cluster's source in the service's configuration")
		return
	}
	r.addNotices(file)
	r.addSettings(f.Path, string(file.Format), f.Service, file.Settings)
}

func (r *collection) readInline(ctx context.Context, g InlineFile) {
	if g.Name == "" {
		r.recordError("a configuration of the request", OfRequest, errors.New("the name is missing"), "set the name of the file")
		return
	}
	if strings.TrimSpace(g.Content) == "" {
		r.recordError(g.Name, OfRequest, errors.New("the content is missing"), "set the content of the file")
		return
	}
	if g.Format == Profile || g.Format == "" && artefact.LooksLikeProfile(g.Content) {
		result, err := artefact.ParseProfile(g.Name, []byte(g.Content))
		if err != nil {
			r.recordError(g.Name, OfRequest, err, "use the profile.json or profile.yaml of a compile")
			return
		}
		r.compiled = result
		r.sources = append(r.sources, "config profile "+g.Name+" (of the request)")
		return
	}
	if g.Format != "" && !slices.Contains(deployed.Formats, g.Format) {
		var names []string
		for _, f := range Formats() {
			names = append(names, string(f))
		}
		r.recordError(g.Name, OfRequest, fmt.Errorf("format %q is not supported", g.Format), "use one of "+strings.Join(names, ", "))
		return
	}
	file, err := configfile.Reader{Format: g.Format, Redactor: r.redactor, Budget: r.budget}.Text(ctx, g.Name, []byte(g.Content))
	if err != nil {
		r.recordError(g.Name, OfRequest, err, "correct it, or set its format")
		return
	}
	r.addNotices(file)
	r.addSettings(g.Name, string(file.Format)+", of the request", g.Service, file.Settings)
}

// addNotices adds the remarks on a file.
func (r *collection) addNotices(file *deployed.File) {
	for _, n := range file.Notices {
		r.remarks = append(r.remarks, r.redactor.RedactMessage(fmt.Sprintf("%s: %s", n.Pos, n.Message)))
	}
}

func (r *collection) addSettings(name, what, service string, all []deployed.Setting) {
	for i := range all {
		if all[i].Service == "" {
			all[i].Service = service
		}
	}
	r.parts = append(r.parts, sourceSettings{name, all})
	r.sources = append(r.sources, fmt.Sprintf("%s (%s)", name, what))
}

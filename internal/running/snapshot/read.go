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
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// Profile is the format of a given text that is the config profile of a compile.
const Profile deployed.Format = "profile"

// Formats that a given text may have.
func Formats() []deployed.Format { return append(slices.Clone(deployed.Formats), Profile) }

// A reading is one snapshot under way.
type reading struct {
	*Taker
	redactor *redact.Redactor
	budget   *budget.Configuration // of what came with the request
	parts    []part
	compiled *artefact.Result // the config profile, the last that is given
	server   string           // the version that a frontend tells
	sources  []string
	remarks  []string // what is unknown, and why
	wrong    []error
}

// A part is what one source sets.
type part struct {
	source   string
	settings []deployed.Setting
}

// An answer is what came over the network.
type answer struct {
	parts   []part
	server  string
	sources []string
	remarks []string
	err     error
}

func (r *reading) add(a answer) {
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

func (r *reading) fail(source string, fault Fault, err error, remedy string) {
	r.wrong = append(r.wrong, r.failed(source, fault, err, remedy))
}

// failed is an error that quotes no secret.
func (r *reading) failed(source string, fault Fault, err error, remedy string) *SourceError {
	said := r.redactor.Message(err.Error())
	if said != err.Error() {
		err = errors.New(said)
	}
	return &SourceError{Source: r.redactor.Message(source), Fault: fault, Err: err, Remedy: remedy}
}

// profile reads what a compile wrote: the profile, and of a folder the settings
// that it has for every platform alike.
func (r *reading) profile(ctx context.Context, path string) {
	if path == "" {
		return
	}
	result, err := artefact.LoadArtefacts(path)
	if err != nil {
		r.fail("config profile "+path, OfService, err, "name the profile.json or profile.yaml of a compile, or its folder")
		return
	}
	r.compiled = result
	r.sources = append(r.sources, "config profile "+path)
	for _, name := range slices.Sorted(maps.Keys(result.Files)) {
		format, core := coreFiles[name]
		if !core {
			continue
		}
		file, err := deployed.Reading{Format: format, Redactor: r.redactor}.Text(ctx, name, []byte(result.Files[name]))
		if err != nil {
			r.fail("config profile "+path, OfService, err, "compile it again")
			return
		}
		r.parts = append(r.parts, part{path + "/" + name, file.Settings})
	}
}

// coreFiles are those of a compile that no platform's adapter writes.
var coreFiles = map[string]deployed.Format{"dynamic_config.yaml": deployed.DynamicConfig, "dsql.env": deployed.Env}

func (r *reading) file(ctx context.Context, f File) {
	file, err := deployed.Reading{Format: f.Format, Redactor: r.redactor}.File(ctx, f.Path)
	if err != nil {
		r.fail(f.Path, OfService, err, "it is a source of the cluster in the service's configuration")
		return
	}
	r.settings(f.Path, string(file.Format), f.Service, file.Settings)
}

func (r *reading) given(ctx context.Context, g Given) {
	if g.Name == "" {
		r.fail("a configuration of the request", OfRequest, errors.New("it has no name"), "name it as the file is called")
		return
	}
	if g.Format == Profile || g.Format == "" && artefact.LooksLikeProfile(g.Content) {
		result, err := artefact.ParseProfile(g.Name, []byte(g.Content))
		if err != nil {
			r.fail(g.Name, OfRequest, err, "give the profile.json or profile.yaml of a compile")
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
		r.fail(g.Name, OfRequest, fmt.Errorf("there is no format %q", g.Format), "one of "+strings.Join(names, ", "))
		return
	}
	file, err := deployed.Reading{Format: g.Format, Redactor: r.redactor, Budget: r.budget}.Text(ctx, g.Name, []byte(g.Content))
	if err != nil {
		r.fail(g.Name, OfRequest, err, "correct it, or say its format")
		return
	}
	r.settings(g.Name, string(file.Format)+", of the request", g.Service, file.Settings)
}

func (r *reading) settings(name, what, service string, all []deployed.Setting) {
	for i := range all {
		if all[i].Service == "" {
			all[i].Service = service
		}
	}
	r.parts = append(r.parts, part{name, all})
	r.sources = append(r.sources, fmt.Sprintf("%s (%s)", name, what))
}

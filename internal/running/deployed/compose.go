package deployed

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/compose-spec/compose-go/v2/consts"
	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/interpolation"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/paths"
	"github.com/compose-spec/compose-go/v2/template"
	"github.com/compose-spec/compose-go/v2/tree"
	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// compose reads the environment and the replicas of every service. Compose's own
// loader says what they are; the files, what gives them their place.
func (r *reader) compose(ctx context.Context, root *yaml.Node, text string) ([]Setting, error) {
	c := newComposer(r)
	// Compose itself fills in from the .env beside; the shell's variables, which
	// it takes too, are another matter on every machine
	var env []string
	if path := r.beside(".env"); r.exists(path) {
		env = []string{path}
	}
	given, err := c.surroundings(env, nil)
	if err != nil {
		return nil, err
	}
	d, err := c.document(r, root, filepath.Dir(r.name), given, []string{r.name})
	if err != nil {
		return nil, err
	}
	stated, err := d.stated()
	if err != nil {
		return nil, err
	}
	project, err := c.load(ctx, d, root, text)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		for _, found := range stated { // so that no secret is quoted
			hideAll(slices.Clone(found), r.redactor)
		}
		return nil, c.placed(root, err)
	}
	var all []Setting
	for _, name := range d.names() {
		service, ok := project[name]
		if !ok {
			continue // reset
		}
		found, err := c.environment(d, service, stated[name])
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

const (
	resolved = "read what docker compose config prints"
	standIn  = "1" // of a variable that is not set: a number, a name, a port
)

// elsewhere are variables that Compose sets itself, by where and how it is called.
var elsewhere = map[string]bool{consts.ComposeProjectName: true}

// composer reads the services of one Compose project.
type composer struct {
	*reader
	seen    map[string]bool // files that were looked at: the loader opens no other
	dirs    map[string]bool // what their paths are relative to
	weights map[*yaml.Node]weight
	missing bool // some value refers to what is set nowhere
}

func newComposer(r *reader) *composer {
	return &composer{reader: r, seen: map[string]bool{}, dirs: map[string]bool{}, weights: map[*yaml.Node]weight{}}
}

// saw notes a file that was looked at.
func (c *composer) saw(path string) {
	if path, err := filepath.Abs(path); err == nil {
		c.seen[path] = true
	}
}

// A service is what is asked of one: whether the rest would run is for Compose to say.
type service struct {
	name        string
	Environment types.MappingWithEquals `yaml:"environment"`
	EnvFiles    []types.EnvFile         `yaml:"env_file"`
	Scale       *int                    `yaml:"scale"`
	Deploy      struct {
		Replicas *int `yaml:"replicas"`
	} `yaml:"deploy"`
}

// load is the project as Compose's loader makes it, but for its env files.
func (c *composer) load(ctx context.Context, d *document, root *yaml.Node, text string) (project map[string]*service, err error) {
	quiet()
	readsRaw()
	defer func() {
		// it takes some fields to be of the type that its schema says
		if recover() != nil {
			project, err = nil, c.wrong(source.Pos{File: c.name}, "Compose cannot read it", "docker compose config says what is wrong")
		}
	}()
	path, err := filepath.Abs(c.name)
	if err != nil {
		return nil, c.wrong(source.Pos{File: c.name}, source.Cause(err), "")
	}
	file := types.ConfigFile{Filename: path, Content: []byte(text)}
	if json.Valid(file.Content) { // not all of it is YAML
		v, err := c.value(root)
		if err != nil {
			return nil, err
		}
		file.Config, _ = v.(map[string]any)
	}
	details := types.ConfigDetails{WorkingDir: filepath.Dir(path), ConfigFiles: []types.ConfigFile{file}, Environment: d.given.Clone()}
	options := func(o *loader.Options) {
		o.SetProjectName("project", true)
		// an override alone has neither images nor networks
		o.SkipValidation, o.SkipConsistencyCheck, o.SkipNormalization, o.SkipDefaultValues = true, true, true, true
		o.SkipResolveEnvironment, o.SkipResolveLabels, o.ResolvePaths = true, true, false
		o.SkipInclude = len(d.includes) == 0
		o.ResourceLoaders = []loader.ResourceLoader{unseen{c}}
		o.Interpolate.Substitute = func(value string, lookup template.Mapping) (string, error) {
			// the loader goes on after an error
			if err := cmp.Or(ctx.Err(), c.budget.Text.Spend(0)); err != nil {
				return "", err
			}
			return c.substitute(value, func(name string) (string, bool) {
				if elsewhere[name] { // made up for the loader
					lookup = d.given.Resolve
				}
				return lookup(name)
			})
		}
		casts := map[tree.Path]interpolation.Cast{}
		for _, number := range []tree.Path{"services.*.scale", "services.*.deploy.replicas", "services.*.ulimits.*"} {
			cast := o.Interpolate.TypeCastMapping[number]
			casts[number] = func(value string) (any, error) {
				n, err := cast(value)
				if err != nil {
					err = errors.New("a whole number belongs here") // the library's own quotes the value
				}
				return n, err
			}
		}
		for _, ports := range []tree.Path{"services.*.ports.[]", "jobs.*.ports.[]"} {
			casts[ports] = collapseRange
		}
		o.Interpolate.TypeCastMapping = casts // only what is read here, and what the loader insists on
	}
	model, err := loader.LoadModelWithContext(ctx, details, options)
	if err != nil {
		return nil, err
	}
	project = map[string]*service{}
	all, _ := model[services].(map[string]any)
	for name, fields := range all {
		project[name] = &service{name: name}
		if err := loader.Transform(fields, project[name]); err != nil {
			return nil, err
		}
	}
	return project, nil
}

var portRange = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(\d+)-\d+(/.*)?$`) })

// collapseRange keeps the first of a range of container ports. The loader makes a
// mapping of each port of a range, up to 65,535, and no port is read here.
func collapseRange(port string) (any, error) { return portRange().ReplaceAllString(port, "$1$2"), nil }

// substitute fills in a value for the loader. Where a variable is set elsewhere,
// the value is parsed with something in its place, and dropped (environment). One
// that cannot be filled in is of a field that is not asked for: those that are have
// been looked at.
func (c *composer) substitute(value string, lookup template.Mapping) (string, error) {
	x := expansion{variables: variables{given: lookup, withheld: elsewhere}, left: maxStatement}
	text, err := x.text(value)
	if err == nil && x.open {
		c.missing = true
		text, err = template.SubstituteWithOptions(value, func(name string) (string, bool) {
			if value, ok := lookup(name); ok {
				return value, true
			}
			return standIn, x.missing[name]
		}, template.WithoutLogging)
	}
	if err != nil {
		text = value
	}
	return text, c.budget.Text.Spend(len(text))
}

// unseen keeps the loader from opening a file that was not looked at.
type unseen struct{ *composer }

// Accept reports whether a file is to be refused.
func (u unseen) Accept(name string) bool {
	if filepath.IsAbs(name) {
		return !u.seen[filepath.Clean(name)]
	}
	for dir := range u.dirs {
		if path, err := filepath.Abs(filepath.Join(dir, name)); err == nil && u.seen[path] {
			return false
		}
	}
	return true
}

// Load refuses it.
func (u unseen) Load(_ context.Context, name string) (string, error) {
	return "", u.wrong(source.Pos{File: u.name}, "it names the file "+name+", which is not at hand", resolved)
}

// Dir is asked of files only that Load has given.
func (u unseen) Dir(name string) string { return name }

// placed finds the field that an error of the loader is about.
func (c *composer) placed(root *yaml.Node, err error) error {
	var input *source.Error
	if errors.As(err, &input) {
		return input
	}
	message, _, _ := strings.Cut(err.Error(), "\n")
	at := source.Pos{File: c.name}
	look := *c.reader
	look.budget = budget.NewConfiguration() // that of the project may be spent
	for word := range strings.FieldsFuncSeq(message, func(r rune) bool { return strings.ContainsRune(" :'\"", r) }) {
		n := root
		for _, name := range strings.Split(strings.NewReplacer("[", ".", "]", "").Replace(word), ".") {
			below, err := look.field(n, name)
			if below == nil || err != nil {
				break
			}
			n = below
		}
		if n != root {
			at = c.pos(n)
			break
		}
	}
	if exceeded := budget.IsExceeded(err); exceeded != nil {
		return c.exceeded(at, exceeded)
	}
	return c.wrong(at, "Compose cannot read it: "+c.redactor.Message(message), "docker compose config says what is wrong")
}

// environment gives the settings of a service as the loader resolves them, with
// the places of what is stated for it, the weakest first.
func (c *composer) environment(d *document, service *service, stated []Setting) ([]Setting, error) {
	v := variables{known: map[string]string{}, withheld: map[string]bool{}, unknown: map[string]bool{}}
	for _, s := range winning(stated) {
		if _, ok := d.given[s.Key]; s.Kind == Variable && s.Unknown && !ok {
			v.withheld[s.Key] = true
		}
	}
	v.given = func(name string) (string, bool) {
		if value, ok := d.given[name]; ok {
			return value, true
		}
		if value := service.Environment[name]; value != nil && !v.withheld[name] {
			return *value, true
		}
		return "", false
	}
	var all []Setting
	var files []types.EnvFile // that were looked at
	for _, e := range service.EnvFiles {
		if c.files {
			e.Path = paths.ExpandUser(e.Path)
		}
		if e.Path = c.beside(e.Path); !bool(e.Required) && !c.exists(e.Path) {
			continue
		}
		found, err := c.envFile(e, v)
		if err != nil {
			return nil, namedAt(err, e.Path, d.place(service.name))
		}
		files, all = append(files, e), append(all, found...)
	}
	service.EnvFiles = files
	resolved, err := service.resolved(c, d.given)
	if err != nil {
		return nil, err
	}
	values := map[settingKey]any{}
	for _, s := range all {
		values[settingKey{Variable, s.Key}] = nil // the shell's value is none to the loader
	}
	for name, value := range resolved {
		values[settingKey{Variable, name}] = nil
		if value != nil {
			values[settingKey{Variable, name}] = *value
		}
	}
	if n := service.Scale; n != nil {
		values[settingKey{Static, "scale"}] = *n
	}
	if n := service.Deploy.Replicas; n != nil {
		values[settingKey{Static, "deploy.replicas"}] = *n
	}
	settled := c.settled(append(all, stated...), values, d.place(service.name))
	for i := range settled {
		settled[i].Service = service.name
	}
	return settled, nil
}

// resolved is the environment of a service with its env files in it. A variable
// that one of them requires is the shell's to give.
func (s *service) resolved(c *composer, given types.Mapping) (types.MappingWithEquals, error) {
	given = given.Clone()
	all := types.Services{s.name: {ContainerSpec: types.ContainerSpec{Environment: s.Environment, EnvFiles: s.EnvFiles}}}
	for {
		project, err := types.Project{Services: all, Environment: given}.WithServicesEnvironmentResolved(true)
		if err == nil {
			return project.Services[s.name].Environment, nil
		}
		var required *template.MissingRequiredError
		if !errors.As(err, &required) || given[required.Variable] != "" {
			return nil, c.wrong(source.Pos{File: c.name}, "Compose cannot read the env files of "+s.name+": "+c.redactor.Message(err.Error()), "")
		}
		given[required.Variable], c.missing = standIn, true
	}
}

// envFile reads one env file, statement by statement, so that each has a place.
func (c *composer) envFile(e types.EnvFile, v variables) ([]Setting, error) {
	text, err := c.open(e.Path)
	if err != nil {
		return nil, err
	}
	switch e.Format {
	case "", dotenv.DotEnv:
		return c.env(e.Path, text, v)
	case raw:
		return c.raw(e.Path, text, v)
	}
	return nil, c.wrong(source.Pos{File: e.Path}, "the env file is of the unknown format "+e.Format, "known: "+raw+", and none for "+dotenv.DotEnv)
}

type settingKey struct {
	kind Kind
	name string
}

// settled gives each value the place that states it.
func (c *composer) settled(stated []Setting, values map[settingKey]any, service source.Pos) []Setting {
	var all []Setting
	for _, s := range winning(stated) {
		key := settingKey{s.Kind, s.Key}
		value, ok := values[key]
		if !ok {
			continue // taken back
		}
		// a value that is not as stated may hold what stands in for another
		s.Unknown = s.Unknown || value == nil || c.missing && fmt.Sprint(s.Value) != fmt.Sprint(value)
		if s.Value = value; s.Unknown {
			s.Value = nil
		}
		all = append(all, s)
		delete(values, key)
	}
	for _, key := range slices.SortedFunc(maps.Keys(values), func(a, b settingKey) int { return cmp.Compare(a.name, b.name) }) {
		s := Setting{Kind: key.kind, Key: key.name, Value: values[key], Unknown: c.missing || values[key] == nil, Pos: service, ValuePos: service}
		if s.Unknown {
			s.Value = nil
		}
		all = append(all, s)
	}
	return all
}

// Package compose reads the settings of the services in a Compose project.
package compose

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/compose-spec/compose-go/v2/consts"
	"github.com/compose-spec/compose-go/v2/interpolation"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/paths"
	"github.com/compose-spec/compose-go/v2/template"
	"github.com/compose-spec/compose-go/v2/tree"
	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/envfile"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// ConfigReader reads the settings of a configuration file that a service mounts.
type ConfigReader func(text *configtext.Text, service string) ([]deployed.Setting, error)

// readProject reads environment and replicas of every service. Compose's own loader resolves the values; the files give
// their places.
func (c *composer) readProject(ctx context.Context, root *yaml.Node) ([]deployed.Setting, error) {
	file, text := c.Text, c.Content()
	if len(c.broken.services) > 0 {
		var err error
		if root, text, err = withoutServices(file, root, c.broken.services); err != nil {
			return nil, err
		}
	}
	if c.broken.isRoot {
		root = onlyIncludes(root)
		content, err := yaml.Marshal(root)
		if err != nil {
			return nil, err
		}
		text = string(content)
	}
	// like Compose, use the neighbouring .env, but not the shell's variables, which differ between machines
	var env []string
	if path := c.SiblingPath(".env"); c.Files.Exists(path) && !c.broken.leavesOut(path) {
		env = []string{path}
	}
	given, err := c.surroundingVariables(env, nil)
	if err != nil {
		return nil, err
	}
	d, err := c.readLayers(append(slices.Clip(c.lower), layer{file, root}), given)
	if err != nil {
		return nil, err
	}
	if c.Findings.Project.Name, err = d.projectName(); err != nil {
		return nil, err
	}
	c.Findings.Project.Files = c.projectFiles(given)
	stated, err := d.statedSettings()
	if err != nil {
		return nil, err
	}
	var project map[string]*service
	err = c.absent.withoutEnv(root, text, func(content string) (err error) {
		project, err = c.loadProject(ctx, d, root, content)
		return err
	})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		for _, found := range stated { // to keep secrets out of the error
			deployed.HideSecrets(slices.Clone(found), c.Redactor)
		}
		return nil, c.placeError(root, err)
	}
	var all []deployed.Setting
	for _, name := range d.serviceNames() {
		service, ok := project[name]
		if !ok {
			continue // removed by !reset
		}
		extendsAbsent := c.isPartial[name]
		found, err := c.resolveSettings(d, service, stated[name])
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
		// without them, the file only overrides what another one starts
		canStart := service.Image != "" || service.Build != nil || extendsAbsent
		if !canStart {
			c.Findings.Project.Changes = append(c.Findings.Project.Changes, name)
		}
		if canStart || len(service.Command)+len(service.Entrypoint) > 0 {
			c.Findings.Containers = append(c.Findings.Containers, deployed.Container{
				Service: name, Image: service.Image, ImagePos: d.fieldPlace(name, "image"),
				Command: strings.Join(slices.Concat(service.Entrypoint, service.Command), " "), IsPartial: c.isPartial[name],
			})
		}
		mounted, err := c.readMounted(service, found)
		if err != nil {
			return nil, err
		}
		configs, err := c.readConfigs(d, service)
		if err != nil {
			return nil, err
		}
		all = slices.Concat(all, mounted, configs)
	}
	return all, nil
}

const (
	resolved = "read what docker compose config prints"
	standIn  = "1" // for unset variables: valid as a number, a name and a port
)

// elsewhere are variables that Compose sets from its own location and arguments.
var elsewhere = map[string]bool{consts.ComposeProjectName: true}

// composer reads the services of one Compose project.
type composer struct {
	*configtext.Text
	readConfig ConfigReader
	seen       map[string]bool // files that were read: the loader must not open others
	dirs       map[string]bool // base folders of their relative paths
	weights    map[*yaml.Node]weight
	missing    bool // some value refers to an unset variable
	mounted    map[string]bool
	absent     absentFiles
	isPartial  map[string]bool // services with more than what can be read
	broken     *brokenFiles
	lower      []layer  // the files that this one is merged over, the weakest first
	documents  []string // other files of the project, in the order of their first reference
}

func newComposer(file *configtext.Text, readConfig ConfigReader, broken *brokenFiles) *composer {
	return &composer{
		Text:       file,
		readConfig: readConfig,
		seen:       map[string]bool{},
		dirs:       map[string]bool{},
		weights:    map[*yaml.Node]weight{},
		mounted:    map[string]bool{},
		absent:     newAbsentFiles(),
		isPartial:  map[string]bool{},
		broken:     broken,
	}
}

// recordFile records a file that was read.
func (c *composer) recordFile(path string) {
	if path, err := filepath.Abs(path); err == nil {
		c.seen[path] = true
	}
}

// service holds the fields that are read. Compose itself checks the rest.
type service struct {
	name        string
	Image       string                      `yaml:"image"`
	Build       any                         `yaml:"build"`
	Command     types.ShellCommand          `yaml:"command"`
	Entrypoint  types.ShellCommand          `yaml:"entrypoint"`
	Volumes     []types.ServiceVolumeConfig `yaml:"volumes"`
	Configs     []types.FileReferenceConfig `yaml:"configs"`
	Environment types.MappingWithEquals     `yaml:"environment"`
	EnvFiles    []types.EnvFile             `yaml:"env_file"`
	Scale       *int                        `yaml:"scale"`
	Deploy      struct {
		Replicas *int `yaml:"replicas"`
	} `yaml:"deploy"`
}

// loadProject returns the project as Compose's loader resolves it, without its env files.
func (c *composer) loadProject(ctx context.Context, d *document, root *yaml.Node, text string) (project map[string]*service, err error) {
	envfile.SilenceLogging()
	envfile.RegisterRaw()
	defer func() {
		// the loader panics on some fields of unexpected types
		if recover() != nil {
			project, err = nil, c.NewError(
				source.Pos{File: c.Name},
				"Compose cannot read the file",
				"run docker compose config for details",
			)
		}
	}()
	path, err := filepath.Abs(c.Name)
	if err != nil {
		return nil, c.NewError(source.Pos{File: c.Name}, source.Cause(err), "")
	}
	removeStubs, err := c.absent.writeStubs()
	defer removeStubs()
	if err != nil {
		message := "a file that it refers to does not exist, and no stub can be written: " + source.Cause(err)
		return nil, c.NewError(source.Pos{File: c.Name}, message, resolved)
	}
	details := types.ConfigDetails{WorkingDir: filepath.Dir(path), Environment: d.given.Clone()}
	for _, x := range c.lower {
		below, err := c.absent.textOf(x)
		if err == nil {
			err = addConfigFile(&details, x, below)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := addConfigFile(&details, layer{c.Text, root}, text); err != nil {
		return nil, err
	}
	options := func(o *loader.Options) {
		o.SetProjectName("project", true)
		// an override file alone has neither images nor networks
		o.SkipValidation, o.SkipConsistencyCheck, o.SkipNormalization, o.SkipDefaultValues = true, true, true, true
		o.SkipResolveEnvironment, o.SkipResolveLabels, o.ResolvePaths = true, true, false
		o.SkipInclude = len(d.includes) == 0
		o.ResourceLoaders = []loader.ResourceLoader{unreadFiles{c}}
		o.Interpolate.Substitute = func(value string, lookup template.Mapping) (string, error) {
			// the loader continues after errors
			if err := cmp.Or(ctx.Err(), c.Budget.Text.Spend(0)); err != nil {
				return "", err
			}
			return c.substituteValue(value, func(name string) (string, bool) {
				if elsewhere[name] { // invented for the loader
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
					err = errors.New("expected a whole number") // the library's own quotes the value
				}
				return n, err
			}
		}
		for _, ports := range []tree.Path{"services.*.ports.[]", "jobs.*.ports.[]"} {
			casts[ports] = collapseRange
		}
		o.Interpolate.TypeCastMapping = casts // only fields that are read here or that the loader requires
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
			_, reason, _ := strings.Cut(err.Error(), "\n") // after a headline
			return nil, fmt.Errorf("services.%s: %s", name, strings.TrimSpace(cmp.Or(reason, err.Error())))
		}
	}
	return project, nil
}

var portRange = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(\d+)-\d+(/.*)?$`) })

// collapseRange keeps the first port of a range. The loader would create up to 65,535 mappings, and no port is read
// here.
func collapseRange(port string) (any, error) { return portRange().ReplaceAllString(port, "$1$2"), nil }

// substituteValue fills in a value for the loader. Values with variables from elsewhere are parsed with a stand-in and
// dropped later (resolveSettings). Values that cannot be filled in belong to fields that are not read.
func (c *composer) substituteValue(value string, lookup template.Mapping) (string, error) {
	x := envfile.NewExpansion(envfile.Variables{Given: lookup, Withheld: elsewhere})
	text, err := x.Fill(value)
	if err == nil && x.IsOpen {
		c.missing = true
		text, err = template.SubstituteWithOptions(value, func(name string) (string, bool) {
			if value, ok := lookup(name); ok {
				return value, true
			}
			return standIn, x.Missing[name]
		}, template.WithoutLogging)
	}
	if err != nil {
		text = value
	}
	return text, c.Budget.Text.Spend(len(text))
}

// unreadFiles stops the loader from opening files that were not read before.
type unreadFiles struct{ *composer }

// Accept reports whether this loader handles, and so rejects, a file.
func (u unreadFiles) Accept(name string) bool {
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

// Load returns the stub of an absent file, and rejects all others.
func (u unreadFiles) Load(_ context.Context, name string) (string, error) {
	if stub := u.absent.findStub(absolutePath(name)); stub != "" {
		return stub, nil
	}
	for dir := range u.dirs {
		if stub := u.absent.findStub(absolutePath(filepath.Join(dir, name))); stub != "" {
			return stub, nil
		}
	}
	return "", NewMissingFileError(u.Name, name)
}

// Dir is called only for stubs, which have no relative paths.
func (u unreadFiles) Dir(name string) string { return filepath.Dir(name) }

// placeError finds the field that a loader error is about.
func (c *composer) placeError(root *yaml.Node, err error) error {
	var input *source.Error
	if errors.As(err, &input) {
		return input
	}
	message, _, _ := strings.Cut(err.Error(), "\n")
	at := source.Pos{File: c.Name}
	look := *c.Text
	look.Budget = budget.NewConfiguration() // the project's own budget can be exhausted
	for word := range strings.FieldsFuncSeq(message, func(r rune) bool { return strings.ContainsRune(" :'\"", r) }) {
		n := root
		for _, name := range strings.Split(strings.NewReplacer("[", ".", "]", "").Replace(word), ".") {
			below, err := look.FieldOf(n, name)
			if below == nil || err != nil {
				break
			}
			n = below
		}
		if n != root {
			at = c.Position(n)
			break
		}
	}
	if exceeded := budget.IsExceeded(err); exceeded != nil {
		return c.BudgetError(at, exceeded)
	}
	return c.NewError(at, "Compose cannot read the file: "+c.Redactor.RedactMessage(message), "run docker compose config for details")
}

// resolveSettings returns a service's settings as the loader resolves them, with the places of the stated ones. Stated
// settings are sorted weakest first.
func (c *composer) resolveSettings(d *document, service *service, stated []deployed.Setting) ([]deployed.Setting, error) {
	v := envfile.Variables{Known: map[string]string{}, Withheld: map[string]bool{}, Unknown: map[string]bool{}}
	for _, s := range deployed.LastSettings(stated) {
		if _, ok := d.given[s.Key]; s.Kind == deployed.Variable && s.Unknown && !ok {
			v.Withheld[s.Key] = true
		}
	}
	v.Given = func(name string) (string, bool) {
		if value, ok := d.given[name]; ok {
			return value, true
		}
		if value := service.Environment[name]; value != nil && !v.Withheld[name] {
			return *value, true
		}
		return "", false
	}
	var all []deployed.Setting
	var files []types.EnvFile // files that were read
	for _, e := range service.EnvFiles {
		if c.Files.AreOnDisk {
			e.Path = paths.ExpandUser(e.Path)
		}
		stated := e.Path
		if e.Path = c.SiblingPath(e.Path); c.Files.AreOnDisk && !c.Files.Exists(e.Path) {
			if e.Required {
				c.isPartial[service.name] = true
				at := d.envFilePlace(service.name, stated)
				c.AddNotice(
					at,
					deployed.RuleMissingFile,
					service.name+": the env file "+e.Path+" does not exist, so its variables are unknown",
					"",
				)
			}
			continue
		} else if !bool(e.Required) && !c.Files.Exists(e.Path) {
			continue
		}
		found, err := c.readEnvFile(e, v)
		if err != nil {
			if err = c.AddUnread(addReference(err, e.Path, d.servicePlace(service.name))); err != nil {
				return nil, err
			}
			c.isPartial[service.name] = true
			continue
		}
		files, all = append(files, e), append(all, found...)
	}
	service.EnvFiles = files
	resolved, err := service.resolveEnvironment(c, d.given)
	if err != nil {
		return nil, err
	}
	values := map[settingKey]any{}
	for _, s := range all {
		values[settingKey{deployed.Variable, s.Key}] = nil // the loader does not see the shell's value
	}
	for name, value := range resolved {
		values[settingKey{deployed.Variable, name}] = nil
		if value != nil {
			values[settingKey{deployed.Variable, name}] = *value
		}
	}
	if n := service.Scale; n != nil {
		values[settingKey{deployed.Static, "scale"}] = *n
	}
	if n := service.Deploy.Replicas; n != nil {
		values[settingKey{deployed.Static, "deploy.replicas"}] = *n
	}
	settled := c.placeValues(append(all, stated...), values, d.servicePlace(service.name))
	for i := range settled {
		settled[i].Service = service.name
	}
	return settled, nil
}

type settingKey struct {
	kind deployed.Kind
	name string
}

// placeValues gives each value the place that states it.
func (c *composer) placeValues(stated []deployed.Setting, values map[settingKey]any, service source.Pos) []deployed.Setting {
	var all []deployed.Setting
	for _, s := range deployed.LastSettings(stated) {
		key := settingKey{s.Kind, s.Key}
		value, ok := values[key]
		if !ok {
			continue // removed by !reset
		}
		// a value that differs from the stated one can contain a stand-in
		s.Unknown = s.Unknown || value == nil || c.missing && fmt.Sprint(s.Value) != fmt.Sprint(value)
		if s.Value = value; s.Unknown {
			s.Value = nil
		}
		all = append(all, s)
		delete(values, key)
	}
	for _, key := range slices.SortedFunc(maps.Keys(values), func(a, b settingKey) int { return cmp.Compare(a.name, b.name) }) {
		s := deployed.Setting{
			Kind:     key.kind,
			Key:      key.name,
			Value:    values[key],
			Unknown:  c.missing || values[key] == nil,
			Pos:      service,
			ValuePos: service,
		}
		if s.Unknown {
			s.Value = nil
		}
		all = append(all, s)
	}
	return all
}

// NewMissingFileError returns the error of a file that refers to one that cannot be read.
func NewMissingFileError(file, name string) error {
	return &source.Error{Doing: deployed.Doing, Problems: []source.Problem{{
		Message: "it refers to file " + name + ", which is not available", Pos: source.Pos{File: file}, Remedy: resolved,
	}}}
}

package lint

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/settings"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// ReadScope returns the scope of the files. Without services and containers, all settings are the server's.
func ReadScope(engine *compile.Engine, files []*deployed.File) (*Scope, error) {
	for _, f := range files {
		if len(f.Containers) == 0 && !slices.ContainsFunc(f.Settings, func(s deployed.Setting) bool { return s.Service != "" }) {
			continue
		}
		programs, err := settings.ReadServerPrograms(engine.Module)
		return newScope(programs, files), err
	}
	return newScope(settings.ServerPrograms{}, files), nil
}

// Scope holds which services of the files are Temporal servers, and of which clusters.
type Scope struct {
	programs   settings.ServerPrograms
	containers []deployed.Container
	marked     map[string]bool // services with a setting that only a server has
	hinted     map[string]bool // services with a setting that a server and other programs can have
	named      map[string]bool // all services
}

func newScope(programs settings.ServerPrograms, files []*deployed.File) *Scope {
	s := &Scope{programs: programs, marked: map[string]bool{}, hinted: map[string]bool{}, named: map[string]bool{}}
	marks := map[source.Pos][]string{} // services with the variable at a place, which several can share
	for _, f := range files {
		s.containers = append(s.containers, f.Containers...)
		for _, c := range f.Containers {
			s.named[c.Service] = true
		}
		for _, x := range f.Settings {
			s.named[x.Service] = true
			// (a container that writes the configuration of the server has it in its variables)
			isOnlyServers, isMark := programs.Marks[x.Key]
			isMark = isMark && x.Kind == deployed.Variable
			switch {
			case x.Kind == deployed.Dynamic, strings.HasPrefix(x.Key, "server.config."):
				s.marked[x.Service] = true
			case isMark && isOnlyServers:
				marks[x.Pos] = append(marks[x.Pos], x.Service)
			}
			s.hinted[x.Service] = s.hinted[x.Service] || isMark
		}
	}
	for _, services := range marks {
		isServers := slices.ContainsFunc(services, s.startsServer)
		for _, service := range services {
			s.marked[service] = s.marked[service] || !isServers || !s.startsOther(service)
		}
	}
	return s
}

// startsServer reports whether the program of a service is the server.
func (s *Scope) startsServer(service string) bool {
	return slices.ContainsFunc(s.containers, func(c deployed.Container) bool { return c.Service == service && s.isServer(c) })
}

// startsOther reports whether the image of a service is that of another program, which can take the server's variables
// from a ConfigMap or an env file that both share.
func (s *Scope) startsOther(service string) bool {
	return !s.startsServer(service) && slices.ContainsFunc(s.containers, func(c deployed.Container) bool {
		return c.Service == service && hasKnownImage(c)
	})
}

// IsForeign reports whether a service is a program other than a Temporal server, such as a worker or a database. Without
// a container of that name, it is not.
func (s *Scope) IsForeign(service string) bool {
	if service == "" || s.marked[service] {
		return false
	}
	isContainer := false
	for _, c := range s.containers {
		if c.Service != service {
			continue
		}
		isContainer = true
		if s.isServer(c) || s.hinted[service] && !hasKnownImage(c) && s.canBeServer(c) {
			return false
		}
	}
	return isContainer
}

// canBeServer reports whether a container without a known image can run the server: one that only holds data, such as a
// ConfigMap, needs a name like that of a server's image.
func (s *Scope) canBeServer(c deployed.Container) bool {
	return !c.IsData || s.programs.Programs.Image.MatchString(c.Service) &&
		!s.programs.Programs.NotImage.MatchString(c.Service)
}

// environments are the services of the server whose variables are not all in the files, and those whose variables are.
type environments struct{ partial, complete map[string]bool }

// findEnvironments returns the services whose variables the files have, all or some of them.
func (s *Scope) findEnvironments() environments {
	env := environments{partial: map[string]bool{}, complete: map[string]bool{}}
	for _, c := range s.containers {
		switch {
		case s.IsForeign(c.Service):
		case c.IsPartial:
			env.partial[c.Service] = true
		case c.Image != "" && c.Service != "":
			env.complete[c.Service] = true
		}
	}
	return env
}

func (s *Scope) isServer(c deployed.Container) bool {
	if c.Version != "" || s.programs.Programs.Command.MatchString(c.Command) {
		return true
	}
	if image, _ := deployed.SplitImage(c.Image); hasKnownImage(c) {
		if s.programs.Programs.NotImage.MatchString(image) {
			return false
		}
		if s.programs.Programs.Image.MatchString(image) {
			return true
		}
	}
	if s.programs.Programs.Names.MatchString(c.Service) {
		return true
	}
	for _, role := range []string{"frontend", "worker"} {
		if stem, ok := strings.CutSuffix(c.Service, role); ok && (s.named[stem+"history"] || s.named[stem+"matching"]) {
			return true
		}
	}
	return false
}

// hasKnownImage reports whether the files name the image of a container; its registry can be unknown.
func hasKnownImage(c deployed.Container) bool {
	return c.Image != "" && !strings.Contains(path.Base(c.Image), "$")
}

// ServerVersion returns the newest server version that the files state, and where; "" if they state none.
func (s *Scope) ServerVersion() (version string, at source.Pos) {
	if all := s.serverVersions(); len(all) > 0 {
		return all[0].version, all[0].pos
	}
	return "", source.Pos{}
}

// serverVersion is a server version that files state, with the services that run it.
type serverVersion struct {
	version  string
	services []string
	pos      source.Pos // where it is first stated
}

// serverVersions returns the server versions that the files state, newest first. A container that runs another command,
// such as one that only waits, counts if no other container has a version.
func (s *Scope) serverVersions() []serverVersion {
	running := slices.DeleteFunc(slices.Clone(s.containers), s.runsOther)
	if all := s.versionsOf(running); len(all) > 0 {
		return all
	}
	return s.versionsOf(s.containers)
}

// runsOther reports whether a container runs another command than the server.
func (s *Scope) runsOther(c deployed.Container) bool {
	return c.Command != "" && !s.programs.Programs.Command.MatchString(c.Command) &&
		!s.programs.Programs.Arguments.MatchString(c.Command)
}

// versionsOf returns the server versions of containers, newest first.
func (s *Scope) versionsOf(containers []deployed.Container) []serverVersion {
	var all []serverVersion
	for _, c := range containers {
		stated, pos := c.Version, c.VersionPos
		if stated == "" {
			name, tag := deployed.SplitImage(c.Image)
			isServer := !s.IsForeign(c.Service) && (name == "" || s.isServer(deployed.Container{Image: c.Image}))
			if !isServer {
				continue
			}
			if name == "" {
				tag = c.Image
			}
			stated, pos = tag, c.ImagePos
		}
		m := s.programs.Programs.Version.FindStringSubmatch(stated)
		if m == nil {
			continue
		}
		n := slices.IndexFunc(all, func(v serverVersion) bool { return v.version == m[1] })
		if n < 0 {
			n = len(all)
			all = append(all, serverVersion{version: m[1], pos: pos})
		}
		all[n].services = append(all[n].services, cmp.Or(c.Service, "all services"))
	}
	slices.SortStableFunc(all, func(a, b serverVersion) int { return compareVersions(b.version, a.version) })
	return all
}

// compareVersions compares versions number by number.
func compareVersions(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		if c := cmp.Or(cmp.Compare(len(x[i]), len(y[i])), cmp.Compare(x[i], y[i])); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(x), len(y))
}

// Cluster is the services that share a store.
type Cluster struct {
	Endpoint string
	Services []string
	Pos      source.Pos // where the endpoint is first set
}

// Clusters returns the clusters of the services, by the endpoints of their stores.
func (s *Scope) Clusters(given []deployed.Setting) []Cluster {
	byEndpoint := map[string]*Cluster{}
	for _, x := range given {
		if x.Service == "" {
			continue
		}
		endpoint := endpointOf(s.programs, x)
		if endpoint == "" || s.IsForeign(x.Service) {
			continue
		}
		c := byEndpoint[endpoint]
		if c == nil {
			c = &Cluster{Endpoint: endpoint, Pos: x.Pos}
			byEndpoint[endpoint] = c
		}
		if !slices.Contains(c.Services, x.Service) {
			c.Services = append(c.Services, x.Service)
		}
	}
	var all []Cluster
	for _, endpoint := range slices.Sorted(maps.Keys(byEndpoint)) {
		all = append(all, *byEndpoint[endpoint])
	}
	return all
}

// endpointOf returns the host of a store that a setting states, or "".
func endpointOf(programs settings.ServerPrograms, s deployed.Setting) string {
	endpoint, _ := s.Value.(string)
	switch {
	case s.Kind == deployed.Variable && slices.Contains(programs.Endpoints, s.Key):
		return endpoint
	case s.Kind == deployed.Static && s.Store == deployed.RoleDefaultStore && programs.Address.MatchString(s.Key):
		host, _, _ := strings.Cut(endpoint, ":") // the port
		return host
	}
	return ""
}

// DescribeClusters lists clusters for a message.
func DescribeClusters(all []Cluster) string {
	var parts []string
	for _, c := range all {
		services := strings.Join(c.Services, ", ")
		if c.Endpoint != "" {
			services = fmt.Sprintf("%s (%s)", c.Endpoint, services)
		}
		parts = append(parts, services)
	}
	return strings.Join(parts, " and ")
}

// ChooseServices keeps the settings of the services, and those that all services, or all of their cluster, share. Names can be
// patterns, as of path.Match. Without services, it keeps all settings. Containers of task definitions are named as in one
// file. If Compose projects of different clusters have services of the same name, each is prefixed with its project's name.
func ChooseServices(engine *compile.Engine, files []*deployed.File, services []string) error {
	deployed.NameTasks(files...)
	if err := nameProjects(engine, files); err != nil {
		return err
	}
	if len(services) == 0 {
		return nil
	}
	chosen := map[string]bool{}
	names := map[string]bool{}
	isChosen := func(service string) bool {
		names[service] = true
		ok := slices.ContainsFunc(services, func(pattern string) bool {
			ok, _ := path.Match(pattern, service)
			return ok
		})
		if ok {
			chosen[service] = true
		}
		return ok || service == ""
	}
	isOfChosen := map[string]bool{} // clusters with a chosen service
	for _, f := range files {
		for _, s := range f.Settings {
			isOfChosen[s.Cluster] = isOfChosen[s.Cluster] || isChosen(s.Service)
		}
	}
	for _, f := range files {
		f.Settings = slices.DeleteFunc(f.Settings, func(s deployed.Setting) bool {
			isShared := s.Cluster != "" && s.Service == s.Cluster && isOfChosen[s.Cluster]
			return !isShared && !isChosen(s.Service)
		})
		f.Containers = slices.DeleteFunc(f.Containers, func(c deployed.Container) bool { return !isChosen(c.Service) })
	}
	if len(chosen) > 0 {
		return nil
	}
	delete(names, "")
	return source.Wrong(deployed.Doing, "no service is named "+strings.Join(services, " or "),
		"the services are "+strings.Join(slices.Sorted(maps.Keys(names)), ", "))
}

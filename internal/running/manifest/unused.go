package manifest

import (
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// Part is a file of a ConfigMap or a Secret, or its variables, with what it sets.
type Part struct {
	Config   *Config
	File     *configtext.Pair // nil for the variables
	Settings []deployed.Setting
}

// listTakers returns the services that have the part.
func (p *Part) listTakers() []string {
	if p.File != nil {
		return p.Config.Takers[p.File.Key.Value]
	}
	var all []string // (they can read the variables of a file)
	for _, key := range slices.Sorted(maps.Keys(p.Config.Takers)) {
		all = append(all, p.Config.Takers[key]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Service returns the name of the service that has the part: the only one, or else that of the ConfigMap.
func (p *Part) Service() string {
	if takers := p.listTakers(); len(takers) == 1 {
		return takers[0]
	}
	return p.Config.Name
}

// describePart returns the name of a part and its place, for messages.
func describePart(p Part, isOneOfSeveral bool) (string, *yaml.Node) {
	name := "the " + p.Config.Kind + " " + p.Config.Name
	if p.File != nil && isOneOfSeveral {
		return p.File.Key.Value + " of " + name, p.File.Key
	}
	return name, p.Config.Data
}

// SelectUsed returns the parts that count, with a notice of each other one. It leaves out those over which containers mount
// another file, and those that no workload takes, where workloads take at least half of their settings from others of the
// folder and namespace: they are old or other versions.
func (x *Index) SelectUsed(parts []Part) []Part {
	isTaken := map[string]bool{} // settings that workloads take from ConfigMaps, by folder, namespace and key
	for _, c := range x.Configs {
		for i := 0; c.IsUsed && i+1 < len(c.Data.Content); i += 2 {
			isTaken[placeOf(c)+c.Data.Content[i].Value] = true
		}
	}
	count := map[*Config]int{}
	for _, p := range parts {
		count[p.Config]++
		if len(p.listTakers()) == 0 {
			continue
		}
		for _, s := range p.Settings {
			isTaken[placeOf(p.Config)+s.Key] = true
		}
	}
	var used []Part
	for _, p := range parts {
		c, problem, hasTakers := p.Config, "", len(p.listTakers()) > 0
		name, at := describePart(p, count[p.Config] > 1)
		isElsewhere := func(s deployed.Setting) bool { return isTaken[placeOf(c)+s.Key] }
		own := len(slices.DeleteFunc(slices.Clone(p.Settings), isElsewhere))
		switch {
		case p.File != nil && !hasTakers && c.hidden[p.File.Key.Value] != "":
			problem = "another file is mounted over " + name + " at " + c.hidden[p.File.Key.Value] + ", so it is left out"
		case hasTakers || own == len(p.Settings) || 2*own > len(p.Settings):
			if used = append(used, p); hasTakers && p.File != nil && c.copies[p.File.Key.Value] != "" {
				c.File.AddNotice(c.File.Position(at), deployed.RuleUnreadSource,
					"the init container "+c.copies[p.File.Key.Value]+" copies "+name+", and can change it: it is read as it is here",
					"compare it with the file that the server has")
			}
			continue
		default:
			problem = "no workload takes " + name + ", while workloads take its settings from others, so it is left out"
		}
		c.File.AddNotice(c.File.Position(at), deployed.RuleUnreadSource, problem, "remove it, or check it by itself")
	}
	return used
}

// placeOf returns the folder and the namespace of a ConfigMap: those of another can belong to another cluster.
func placeOf(c *Config) string {
	return deployed.FolderOf(c.File.Name) + "/" + c.Namespace + "/"
}

package compile

import (
	"maps"
	"slices"
	"strings"

	"cuelang.org/go/cue"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// RestateProfile returns the request that resolves to a profile. A profile does not have the site.
func (e *Engine) RestateProfile(p artefact.Profile) (Request, error) {
	r := Request{
		Name: p.Name, Preset: p.PresetName, Modifier: p.Modifier,
		TemporalVersion: p.TemporalServerVersion, PluginVersion: p.DSQLPluginVersion,
		Workload: restateNumbers(p.Workload), Database: restateNumbers(p.Database), Waivers: p.Waivers,
	}
	quotas, _, err := e.Limits()
	if err != nil {
		return r, err
	}
	raised := map[string]float64{}
	for name, limit := range p.Limits {
		if q, known := quotas[name]; known && q.Adjustable && limit != q.Value {
			raised[name] = limit
		}
	}
	r.RaisedQuotas = restateNumbers(raised)
	for _, place := range p.Places {
		r.restatePlace(place)
	}
	for _, key := range slices.Sorted(maps.Keys(p.Overrides)) {
		o, err := e.NewOverride(key, IntegralNumber(p.Overrides[key]), source.Pos{File: artefact.ProfileName})
		if err != nil {
			return r, err
		}
		r.Overrides = append(r.Overrides, o)
	}
	return r, nil
}

// restatePlace adds the values of a service, a namespace or a task queue.
func (r *Request) restatePlace(p artefact.PlacedValues) {
	field, label, _ := strings.Cut(p.Field, ".")
	values := p.Values
	if p.Overrides != nil {
		values = p.Overrides
	}
	stated := map[string]any{"overrides": IntegralNumber(values)}
	switch field {
	case "services":
		addLabel(&r.Services, label, stated)
	case "namespaces":
		addLabel(&r.Namespaces, label, stated)
	default:
		for constraint, name := range map[string]string{"taskQueueName": "name", "namespace": "namespace", "taskType": "task_type"} {
			if value, has := p.Constraints[constraint]; has {
				stated[name] = value
			}
		}
		addLabel(&r.TaskQueues, label, stated)
	}
}

// addLabel adds a field to a map that may not exist yet.
func addLabel(fields *map[string]any, label string, value any) {
	if *fields == nil {
		*fields = map[string]any{}
	}
	(*fields)[label] = value
}

// restateNumbers returns numbers of a profile as fields of a request.
func restateNumbers(numbers map[string]float64) map[string]any {
	if len(numbers) == 0 {
		return nil
	}
	fields := map[string]any{}
	for name, n := range numbers {
		fields[name] = IntegralNumber(n)
	}
	return fields
}

// IntegralNumber turns a whole number of JSON into an integer, also within lists and
// structs.
func IntegralNumber(v any) any {
	switch x := v.(type) {
	case float64:
		if n := int64(x); float64(n) == x {
			return n
		}
	case []any:
		all := make([]any, len(x))
		for i := range x {
			all[i] = IntegralNumber(x[i])
		}
		return all
	case map[string]any:
		all := map[string]any{}
		for k := range x {
			all[k] = IntegralNumber(x[k])
		}
		return all
	}
	return v
}

// BaseValues are the values without each override, with all others.
type BaseValues struct {
	All      map[string]any                    // by parameter
	Services map[string]map[string]ServiceBase // of what services state, by service and parameter
}

// ServiceBase has the values of a service's parameter without its own statement, and without the override for all
// services either.
type ServiceBase struct {
	WithoutOwn any `json:"without_own"`
	WithoutAny any `json:"without_any"`
}

// ResolveWithBaseValues resolves a request, and returns the base values of what it overrides.
func (e *Engine) ResolveWithBaseValues(r Request) (*artefact.Result, BaseValues, error) {
	base := BaseValues{All: map[string]any{}}
	result, err := withCompiler(e, func(c compiler) (*artefact.Result, error) { return c.resolveWithBaseValues(r, &base) })
	if err != nil {
		return nil, BaseValues{}, err
	}
	return result, base, nil
}

func (c compiler) resolveWithBaseValues(r Request, into *BaseValues) (*artefact.Result, error) {
	d, err := c.buildDeployment(r, extentProfile)
	if err != nil {
		return nil, err
	}
	result, err := c.readResult(d, extentProfile)
	if err != nil {
		return nil, err
	}
	params := d.lookupField("params")
	for _, p := range result.Profile.Params() {
		base := params.LookupPath(cue.MakePath(cue.Str(p.Key), cue.Str("base")))
		if p.Source != "override" || !base.Exists() {
			continue
		}
		var value any
		if err := base.Decode(&value); err != nil {
			return nil, c.UserError("", err)
		}
		into.All[p.Key] = value
	}
	if err := d.decodeField("service_bases", &into.Services); err != nil {
		return nil, c.UserError("", err)
	}
	return result, nil
}

// EncodePromises returns the name of a deployment and its promises as JSON, for a caller
// that holds the module's lock.
func (e *Engine) EncodePromises(evaluator *cuemod.Evaluator, r Request) (name string, promises []byte, err error) {
	c := compiler{evaluator, e.Registry}
	const doing = "read what is promised"
	d, err := c.buildDeployment(r, extentTrace)
	if err != nil {
		return "", nil, err
	}
	if err := d.decodeField("name", &name); err != nil {
		return "", nil, c.UserError(doing, err)
	}
	if promises, err = d.lookupField("promises").MarshalJSON(); err != nil {
		return "", nil, c.UserError(doing, err)
	}
	return name, promises, nil
}

// SetServiceValue states a value of one service.
func (r *Request) SetServiceValue(service, key string, value any) {
	setPlaceValue(&r.Services, service, nil, key, value)
}

// SetNamespaceValue states a value of one namespace.
func (r *Request) SetNamespaceValue(namespace, key string, value any) {
	setPlaceValue(&r.Namespaces, namespace, nil, key, value)
}

// SetTaskQueueValue states a value of one task queue by its label. Its fields, such as its name, are those of a deployment.
func (r *Request) SetTaskQueueValue(label string, fields map[string]string, key string, value any) {
	setPlaceValue(&r.TaskQueues, label, fields, key, value)
}

func setPlaceValue(places *map[string]any, label string, fields map[string]string, key string, value any) {
	stated, has := (*places)[label].(map[string]any)
	if !has {
		stated = map[string]any{"overrides": map[string]any{}}
		for name, text := range fields {
			if text != "" {
				stated[name] = text
			}
		}
		addLabel(places, label, stated)
	}
	stated["overrides"].(map[string]any)[key] = IntegralNumber(value)
}

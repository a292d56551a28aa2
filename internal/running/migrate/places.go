package migrate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/config/settings"
)

// baseValues are what a compile gives without single settings.
type baseValues struct {
	compile.BaseValues
	placed map[string]*placedValues // values of namespaces and task queues that make a difference, by key
}

// searchedPlace is a namespace or a task queue, as the server looks values up. An empty field means any.
type searchedPlace struct{ namespace, queue, taskType string }

// requestWithPlaces returns the request with the values of namespaces and task queues: of very many, the first.
// Candidates leave them out: they do not change the other values.
func (r *Translation) requestWithPlaces() compile.Request {
	q, count := r.Request, 0
	for _, i := range r.Items {
		if i.Status != Placed {
			continue
		}
		if i.meaning.Place.Field != "services" {
			if count++; count > int(budget.MigratePlaces.Most) {
				r.unchecked = append(r.unchecked, i)
				continue
			}
		}
		switch place := i.meaning.Place; place.Field {
		case "namespaces":
			q.SetNamespaceValue(place.Label, i.Target, i.Value)
		case "task_queues":
			fields := map[string]string{}
			for name, value := range map[string]string{"name": place.Name, "namespace": place.Namespace, "task_type": place.TaskType} {
				if value != "" {
					fields[name] = value
				}
			}
			q.SetTaskQueueValue(place.Label, fields, i.Target, i.Value)
		}
	}
	return q
}

// findUnchecked reports the values of namespaces and task queues for which no guard rail is evaluated, because there are too many.
func (r *Translation) findUnchecked() []report.Finding {
	if len(r.unchecked) == 0 {
		return nil
	}
	first := r.unchecked[0]
	var f report.Finding
	f.RuleName, f.Severity, f.ParameterKeys = "many_places", "warning", []string{}
	f.Message = fmt.Sprintf("guard rails are checked for the first %d values of namespaces and task queues: not for %s in %s and %d others",
		budget.MigratePlaces.Most, first.Target, first.meaning.Place.Label, len(r.unchecked)-1)
	f.Remedy = "write the deployment and compile it, which checks all of them"
	if len(first.Places) > 0 {
		f.Pos = first.Places[0]
	}
	return []report.Finding{f}
}

// locateFindings gives the findings of services, namespaces and task queues the places of their settings.
func (r *Translation) locateFindings(found []report.Finding) {
	for n, f := range found {
		own := slices.IndexFunc(r.Items, func(i Item) bool {
			if !i.isPlaced() || !slices.Contains(f.ParameterKeys, i.Target) {
				return false
			}
			place := i.meaning.Place
			return f.Field == place.Field+"."+place.Label+".overrides"
		})
		if own >= 0 {
			found[n].Pos = r.Items[own].Places[0]
		}
	}
}

// newBaseValues returns the base values of a compile, with the placed values that are written next to it.
func (r *Translation) newBaseValues(result *artefact.Result, base compile.BaseValues) baseValues {
	out := baseValues{BaseValues: base, placed: map[string]*placedValues{}}
	all := result.Profile.Values()
	for _, i := range r.Items {
		if !i.isPlaced() || i.meaning.Place.Field == "services" {
			continue
		}
		of := out.placed[i.Target]
		if of == nil {
			of = &placedValues{kind: i.meaning.Kind, elsewhere: i.meaning.Base, values: map[searchedPlace]any{}}
			if value, ok := all[i.Target]; ok {
				of.elsewhere = value
			}
			out.placed[i.Target] = of
		}
		of.values[searchPlace(i.meaning.Place)] = i.Value
	}
	for _, of := range out.placed {
		of.dropRedundant()
	}
	return out
}

func searchPlace(p *settings.Place) searchedPlace {
	if p.Field == "namespaces" {
		return searchedPlace{namespace: p.Label}
	}
	return searchedPlace{p.Namespace, p.Name, p.TaskType}
}

// placedValues are the values of one key by namespace and task queue.
type placedValues struct {
	kind      string
	elsewhere any // what holds where no place has its own value
	values    map[searchedPlace]any
}

// find returns the value that the server finds for a place, with one place left out.
func (v *placedValues) find(at, without searchedPlace) any {
	for _, place := range []searchedPlace{
		at, {at.namespace, at.queue, ""}, {"", at.queue, ""}, {at.namespace, "", ""},
	} {
		if value, ok := v.values[place]; ok && place != without {
			return value
		}
	}
	return v.elsewhere
}

// otherPlace represents all namespaces or task queues that no place names.
const otherPlace = "\x00"

// dropRedundant drops the values without which the server finds the same everywhere, until each of the others makes a
// difference.
func (v *placedValues) dropRedundant() {
	namespaces, types := map[string]bool{otherPlace: true}, map[string]bool{"": true}
	queues := map[string]map[string]bool{} // by namespace
	for place := range v.values {
		types[place.taskType] = true
		if place.namespace != "" {
			namespaces[place.namespace] = true
		}
		if queues[place.namespace] == nil {
			queues[place.namespace] = map[string]bool{otherPlace: true}
		}
		queues[place.namespace][place.queue] = true
	}
	order := slices.SortedFunc(maps.Keys(v.values), func(a, b searchedPlace) int {
		return cmp.Or(cmp.Compare(a.namespace, b.namespace), cmp.Compare(a.queue, b.queue), cmp.Compare(a.taskType, b.taskType))
	})
	isNeeded := func(place searchedPlace) bool {
		for namespace := range valueOrAll(place.namespace, namespaces) {
			for _, named := range []map[string]bool{queues[namespace], queues[""]} {
				for queue := range valueOrAll(place.queue, named) {
					for taskType := range valueOrAll(place.taskType, types) {
						at := searchedPlace{namespace, queue, taskType}
						if !registry.EqualValues(v.kind, v.find(at, searchedPlace{}), v.find(at, place)) {
							return true
						}
					}
				}
			}
		}
		return false
	}
	for count := -1; count != len(v.values); {
		count = len(v.values)
		for _, place := range order {
			if _, ok := v.values[place]; ok && !isNeeded(place) {
				delete(v.values, place)
			}
		}
	}
}

// valueOrAll returns the value alone, or all if it is empty.
func valueOrAll(value string, all map[string]bool) map[string]bool {
	if value == "" {
		return all
	}
	return map[string]bool{value: true}
}

// valueWithout returns what the server takes for a namespace or a task queue without its own value; nil means that it
// is not known, or the same in a part of the namespaces.
func (b baseValues) valueWithout(i Item) any {
	at, of := searchPlace(i.meaning.Place), b.placed[i.Target]
	if _, isWritten := of.values[at]; !isWritten {
		return i.Value
	}
	value := of.find(at, at)
	if registry.EqualValues(of.kind, value, i.Value) {
		return nil
	}
	return value
}

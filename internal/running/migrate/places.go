package migrate

import (
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/config/settings"
)

// baseValues are what a compile gives without single settings.
type baseValues struct {
	compile.BaseValues
	all    map[string]any                   // what holds wherever no place has its own value
	placed map[string]map[searchedPlace]any // values of namespaces and task queues, by key
}

// searchedPlace is a namespace or a task queue, as the server looks values up. An empty field means any.
type searchedPlace struct{ namespace, queue, taskType string }

// maxCheckedPlaces is the number of values of namespaces and task queues that guard rails are evaluated for: each costs
// some 10 ms. A compile of the written deployment checks any number.
const maxCheckedPlaces = 100

// requestWithPlaces returns the request with the values of namespaces and task queues, unless there are very many.
// Candidates leave them out: they do not change the other values.
func (r *Translation) requestWithPlaces() compile.Request {
	q, count := r.Request, 0
	for _, i := range r.Items {
		if i.Status == Placed && i.meaning.Place.Field != "services" {
			count++
		}
	}
	if count > maxCheckedPlaces {
		return q
	}
	for _, i := range r.Items {
		if i.Status != Placed {
			continue
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

// locateFindings gives the findings of services, namespaces and task queues the places of their settings.
func (r *Translation) locateFindings(found []report.Finding) {
	for n, f := range found {
		for _, i := range r.Items {
			if !f.Pos.IsZero() || !i.isPlaced() || !slices.Contains(f.ParameterKeys, i.Target) {
				continue
			}
			if place := i.meaning.Place; f.Field == place.Field+"."+place.Label+".overrides" {
				f.Pos = i.Places[0]
				found[n] = f
			}
		}
	}
}

// newBaseValues returns the base values of a compile, with the placed values that are written next to it.
func (r *Translation) newBaseValues(result *artefact.Result, base compile.BaseValues) baseValues {
	out := baseValues{BaseValues: base, all: result.Profile.Values(), placed: map[string]map[searchedPlace]any{}}
	for _, i := range r.Items {
		if !i.isPlaced() || i.meaning.Place.Field == "services" {
			continue
		}
		if out.placed[i.Target] == nil {
			out.placed[i.Target] = map[searchedPlace]any{}
		}
		out.placed[i.Target][searchPlace(i.meaning.Place)] = i.Value
	}
	return out
}

func searchPlace(p *settings.Place) searchedPlace {
	if p.Field == "namespaces" {
		return searchedPlace{namespace: p.Label}
	}
	return searchedPlace{p.Namespace, p.Name, p.TaskType}
}

// widerPlaces returns where the server looks next for the value of a place, in its order.
func (p searchedPlace) widerPlaces() []searchedPlace {
	var all []searchedPlace
	if p.taskType != "" {
		all = append(all, searchedPlace{p.namespace, p.queue, ""})
	}
	if p.namespace != "" && p.queue != "" {
		all = append(all, searchedPlace{"", p.queue, ""}, searchedPlace{p.namespace, "", ""})
	}
	return all
}

// valueWithout returns what the server takes for a namespace or a task queue without its own value; nil means that it
// is not known.
func (b baseValues) valueWithout(i Item) any {
	at, placed := searchPlace(i.meaning.Place), b.placed[i.Target]
	for _, wider := range at.widerPlaces() {
		if value, ok := placed[wider]; ok {
			return value
		}
	}
	value, ok := b.all[i.Target]
	if !ok {
		value = i.meaning.Base
	}
	if isAnywhere := at.namespace == ""; isAnywhere {
		for other, own := range placed {
			// the task queue would have another value in this namespace
			if other.queue == "" && !registry.EqualValues(i.meaning.Kind, own, value) {
				return nil
			}
		}
	}
	return value
}

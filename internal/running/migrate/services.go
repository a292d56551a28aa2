package migrate

import (
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/config/settings"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// placeServices places the values of single services. Where the containers of one cluster differ in a parameter that
// each service can have its own value of, the value that most services have holds for all, and the others for their
// service. Where a service does not set it at all, each value holds for its service alone.
func (r *Translation) placeServices(parameters []registry.Parameter) {
	for _, p := range parameters {
		if len(p.Services) == 0 {
			continue
		}
		given := r.valuesByService(p)
		if given == nil {
			continue
		}
		missing := r.servicesWithout(p, given)
		common := r.Items[commonItem(given, p.Services)].Value // (its item moves when others are deleted)
		isCommon := func(i Item) bool { return len(missing) == 0 && registry.EqualValues(p.Kind, i.Value, common) }
		var placed []Item
		for _, service := range p.Services {
			n, has := given[service]
			if !has || isCommon(r.Items[n]) {
				continue
			}
			item := r.Items[n]
			item.Status, item.Reason, item.Remedy = Placed, "of service "+service, ""
			if len(missing) > 0 {
				item.Reason += "; not set in " + strings.Join(missing, ", ")
			} else {
				item.common = common
			}
			item.meaning.Place = &settings.Place{Field: "services", Label: service, Name: service}
			placed = append(placed, item)
		}
		if len(placed) == 0 {
			continue
		}
		r.Items = slices.DeleteFunc(r.Items, func(i Item) bool { return i.isUsed() && i.Target == p.Key && !isCommon(i) })
		r.Items = append(r.Items, placed...)
	}
}

// servicesWithout returns the services whose containers have an environment in the files, and in it no variable of a
// parameter that others set with one.
func (r *Translation) servicesWithout(p registry.Parameter, given map[string]int) []string {
	for _, n := range given {
		if r.Items[n].Kind != deployed.Variable {
			return nil
		}
	}
	var all []string
	for _, service := range p.Services {
		if _, has := given[service]; !has && slices.ContainsFunc(r.Items, func(i Item) bool {
			return i.Kind == deployed.Variable && slices.ContainsFunc(i.containers, func(container string) bool {
				return findService(container, p.Services) == service
			})
		}) {
			all = append(all, service)
		}
	}
	return all
}

// valuesByService returns the items that set a parameter, by service. It returns nil if a container is not that of one
// service, or if one service has two values.
func (r *Translation) valuesByService(p registry.Parameter) map[string]int {
	given := map[string]int{}
	for n, i := range r.Items {
		if i.Target != p.Key || i.Status != "override" {
			continue
		}
		for _, container := range i.containers {
			service := findService(container, p.Services)
			other, has := given[service]
			if service == "" || has && !registry.EqualValues(p.Kind, r.Items[other].Value, i.Value) {
				return nil
			}
			given[service] = n
		}
	}
	if len(given) == 0 {
		return nil
	}
	return given
}

// commonItem returns the item whose value most services have; of several, that of the first service.
func commonItem(given map[string]int, services []string) int {
	common, most := -1, 0
	for _, service := range services {
		n, has := given[service]
		if !has {
			continue
		}
		count := 0
		for _, other := range given {
			if other == n {
				count++
			}
		}
		if count > most {
			common, most = n, count
		}
	}
	return common
}

// findService returns the Temporal service that the name of a container ends in, or "".
func findService(container string, services []string) string {
	for _, service := range services {
		stem, ok := strings.CutSuffix(container, service)
		if ok && (stem == "" || strings.ContainsRune("-_./", rune(stem[len(stem)-1]))) {
			return service
		}
	}
	return ""
}

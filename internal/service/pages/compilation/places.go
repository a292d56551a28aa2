package compilation

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/scaffold"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
)

// placedValue is a value of one service, namespace or task queue.
type placedValue struct {
	place scaffold.DraftPlace
	key   string
	value any
}

// placeWords are the words before the name of a place, in the order in which they are written.
var placeWords = []string{"service", "queue", "namespace", "type"}

// placeLines returns the lines of the form that state a value of a place.
func (w compileQuery) placeLines() (all []string) {
	for text := range strings.Lines(w.Places) {
		if text = strings.TrimSpace(text); text != "" && !strings.HasPrefix(text, "#") {
			all = append(all, text)
		}
	}
	return all
}

// readPlaces reads the values of single services, namespaces and task queues.
func (w compileQuery) readPlaces(engine *compile.Engine) ([]placedValue, error) {
	var all []placedValue
	for _, text := range w.placeLines() {
		words, assignment, ok := strings.Cut(text, ": ")
		place, err := readPlace(words)
		if !ok || err != nil {
			return nil, placeError(text)
		}
		o, err := engine.ParseOverride(strings.TrimSpace(assignment))
		if err != nil {
			return nil, placeError(text)
		}
		all = append(all, placedValue{place, o.Key, o.Value()})
	}
	return all, nil
}

func placeError(text string) error {
	return problem.NewInvalid(
		fmt.Sprintf("%q is not PLACE: KEY=VALUE", text),
		"for example service matching: persistence.maxConns=10, namespace payments: frontend.namespaceRPS=900, or "+
			"queue orders namespace payments type workflow: matching.numTaskqueueReadPartitions=8",
	)
}

// readPlace reads the words of a place: each name follows its word.
func readPlace(text string) (scaffold.DraftPlace, error) {
	words := strings.Fields(text)
	named := map[string]string{}
	for i := 0; i+1 < len(words); i += 2 {
		if _, twice := named[words[i]]; twice || !slices.Contains(placeWords, words[i]) {
			return scaffold.DraftPlace{}, fmt.Errorf("unknown place %q", text)
		}
		named[words[i]] = words[i+1]
	}
	kinds := strings.Join(slices.Sorted(maps.Keys(named)), " ")
	switch {
	case len(words)%2 != 0:
	case kinds == "service":
		return scaffold.DraftPlace{Field: "services", Label: named["service"]}, nil
	case kinds == "namespace":
		return scaffold.DraftPlace{Field: "namespaces", Label: named["namespace"]}, nil
	case named["queue"] != "" && named["service"] == "":
		label := named["queue"]
		for _, more := range []string{named["namespace"], named["type"]} {
			if more != "" {
				label += "/" + more
			}
		}
		return scaffold.DraftPlace{
			Field: "task_queues", Label: label, Name: named["queue"], Namespace: named["namespace"], TaskType: named["type"],
		}, nil
	}
	return scaffold.DraftPlace{}, fmt.Errorf("unknown place %q", text)
}

// addTo states the value in a request.
func (v placedValue) addTo(r *compile.Request) {
	switch p := v.place; p.Field {
	case "services":
		r.SetServiceValue(p.Label, v.key, v.value)
	case "namespaces":
		r.SetNamespaceValue(p.Label, v.key, v.value)
	default:
		fields := map[string]string{"namespace": p.Namespace, "task_type": p.TaskType}
		if p.Name != p.Label {
			fields["name"] = p.Name
		}
		r.SetTaskQueueValue(p.Label, fields, v.key, v.value)
	}
}

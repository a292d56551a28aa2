package helm

import (
	"reflect"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/temporal-dsql/temporal-dsql/e2e/product"
)

// values are those of the official chart, from 1.0 on, that the product sets.
// [https://github.com/temporalio/helm-charts, charts/temporal/values.yaml]
type values struct {
	Server struct {
		Config struct {
			Persistence struct {
				NumHistoryShards float64 `yaml:"numHistoryShards"`
			}
		}
		DynamicConfig                       map[string]any `yaml:"dynamicConfig"`
		Frontend, History, Matching, Worker service
	}
}

type service struct {
	ReplicaCount float64 `yaml:"replicaCount"`
}

func TestHelmValuesAreTheProfiles_R4b(t *testing.T) {
	for _, a := range compiled {
		t.Run(a.Name(), func(t *testing.T) {
			var v values
			parse(t, a, "*values*.yaml", &v)
			for parameter, got := range map[string]float64{
				"history.shards":    v.Server.Config.Persistence.NumHistoryShards,
				"frontend.replicas": v.Server.Frontend.ReplicaCount,
				"history.replicas":  v.Server.History.ReplicaCount,
				"matching.replicas": v.Server.Matching.ReplicaCount,
				"worker.replicas":   v.Server.Worker.ReplicaCount,
			} {
				if want, _ := a.Profile.Value(parameter); got != want {
					t.Errorf("the chart gets %v, the profile says %s %v", got, parameter, want)
				}
			}
		})
	}
}

func TestHelmDynamicConfigIsTheFile_R4b(t *testing.T) {
	for _, a := range compiled {
		t.Run(a.Name(), func(t *testing.T) {
			var v values
			parse(t, a, "*values*.yaml", &v)
			var file map[string]any
			parse(t, a, "dynamic_config.yaml", &file)
			if len(file) == 0 || !reflect.DeepEqual(v.Server.DynamicConfig, file) {
				t.Errorf("the chart gets %v, dynamic_config.yaml says %v", v.Server.DynamicConfig, file)
			}
		})
	}
}

func parse(t *testing.T, a product.Artefacts, name string, into any) {
	t.Helper()
	text, err := a.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

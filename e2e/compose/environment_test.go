package compose

import (
	"bytes"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/temporal-dsql/temporal-dsql/e2e/product"
)

// The four services of a Temporal server: each has an SQL pool of its own, and
// so each needs all of the environment.
var serverServices = []string{"frontend", "history", "matching", "worker"}

// Parameters that the plugin reads from these variables in every server process, whatever
// the preset. [plugin repository, generation 2]
var variableOf = map[string]string{
	"dsql.reservoir_enabled": "DSQL_RESERVOIR_ENABLED",
	"dsql.staggered_startup": "DSQL_STAGGERED_STARTUP",
	"dsql.token_duration":    "DSQL_TOKEN_DURATION",
}

func TestComposeGivesEachServiceTheProfilesEnvironment_R4b3(t *testing.T) {
	eachService(t, func(t *testing.T, a product.Artefacts, service types.ServiceConfig) {
		for parameter, variable := range variableOf {
			value, known := a.Profile.Value(parameter)
			given, set := service.Environment[variable]
			if !known || !set || given == nil || *given != text(value) {
				t.Errorf("%s is %s, the profile says %s %v", variable, shown(given), parameter, value)
			}
		}
	})
}

func TestComposeGivesEachServiceAllOfTheEnvironmentFile_R4b3(t *testing.T) {
	eachService(t, func(t *testing.T, a product.Artefacts, service types.ServiceConfig) {
		file, err := a.Read("dsql.env")
		if err != nil {
			t.Fatal(err)
		}
		want, err := dotenv.Parse(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		if len(want) == 0 {
			t.Fatal("dsql.env is empty")
		}
		for variable, value := range want {
			if given := service.Environment[variable]; given == nil || *given != value {
				t.Errorf("%s is %s, dsql.env says %q", variable, shown(given), value)
			}
		}
	})
}

func TestComposeRunsTheReplicasOfTheProfile_R4b3(t *testing.T) {
	eachService(t, func(t *testing.T, a product.Artefacts, service types.ServiceConfig) {
		want, _ := a.Profile.Value(serverService(service.Name) + ".replicas")
		if got := service.GetScale(); float64(got) != want {
			t.Errorf("%s runs %d replicas, the profile says %v", service.Name, got, want)
		}
	})
}

// eachService runs the test on the four server services of every variant.
func eachService(t *testing.T, test func(*testing.T, product.Artefacts, types.ServiceConfig)) {
	for _, a := range compiled {
		t.Run(a.Name(), func(t *testing.T) {
			found := map[string]bool{}
			for name, service := range load(t, a).Services {
				if role := serverService(name); role != "" {
					found[role] = true
					t.Run(name, func(t *testing.T) { test(t, a, service) })
				}
			}
			for _, role := range serverServices {
				if !found[role] {
					t.Errorf("the override has no service for %s", role)
				}
			}
		})
	}
}

// serverService is the part of the server that a Compose service runs, by the
// end of its name ("temporal-history"), or "".
func serverService(name string) string {
	for _, role := range serverServices {
		if strings.HasSuffix(name, role) {
			return role
		}
	}
	return ""
}

package settings_test

import (
	"fmt"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/settings"
)

// A switch of which some values are not compared, because there are too many, decides nothing.
func TestWhatIsLeftOutDecidesNothing(t *testing.T) {
	t.Parallel()
	for places, want := range map[int]int{2: 1, int(budget.ComparedPlaces.Most)/2 + 1: 0} {
		var given []settings.RunningSetting
		for _, key := range []string{"matching.syncMatchWaitDuration", "matching.useNewMatcher"} {
			for i := range places {
				s := settings.RunningSetting{Kind: "dynamic_config", Key: key, Value: i == 0, Known: true}
				if key == "matching.syncMatchWaitDuration" {
					s.Value = fmt.Sprintf("%dms", 100+i)
				}
				s.Constraints = []settings.Condition{
					{Name: "namespace", Value: fmt.Sprintf("n%d", i)}, {Name: "taskQueueName", Value: "orders"},
				}
				given = append(given, s)
			}
		}
		unused, err := settings.FindUnused(compile.Embedded().Module, "1.31", given, nil)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for i := range unused {
			if i < places {
				found++
			}
		}
		if found != want {
			t.Errorf("%d places: %d values are unused, not %d: %v", places, found, want, unused)
		}
	}
}

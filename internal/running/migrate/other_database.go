package migrate

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/config/settings"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/lint"
)

// Move is the way of a cluster from another database to DSQL.
type Move struct {
	From    string   `json:"from"`    // the store plugin of today
	Carries []string `json:"carries"` // what the new cluster takes over
	Stays   []string `json:"stays"`   // what it cannot take over
	Steps   []string `json:"steps"`   // in order
}

// storePlugin is the parameter that names the database.
const storePlugin = "server.sql_plugin"

// leaveBehind changes the meaning of what belongs to the connections of another database: the deployment leaves it out.
func leaveBehind(given []deployed.Setting, meanings []settings.SettingMeaning) {
	others := lint.OtherStores{Services: map[string]bool{}}
	for _, m := range meanings {
		switch {
		case m.Key != storePlugin:
		case m.Target == string(Apart):
			others.Services[given[m.Setting].Service] = true
		case m.Target == "override":
			others.IsDSQL = true
		}
	}
	for n := range meanings {
		m := &meanings[n]
		isCarried := slices.Contains([]string{"override", string(Placed), string(Invalid), string(Unknown)}, m.Target)
		if m.Left != "" && isCarried && others.Has(given[m.Setting].Service) {
			m.Target, m.Place = string(Apart), nil
			m.Reason, m.Remedy = "it belongs to the connections of the other database: "+m.Left, "leave it out: the deployment has its own value"
		}
	}
}

// findMove returns the move to DSQL, if a setting names another database.
func (r *Translation) findMove() *Move {
	for _, i := range r.Items {
		if i.Status == Apart && i.Target == storePlugin {
			return &Move{
				From: cmp.Or(i.meaning.Store, formatValue(i.Value)),
				Carries: []string{
					"dynamic config, log level and replicas, as overrides",
					"the size of the connection pool, as a start: DSQL also limits how fast connections open",
					"the shard count, if you keep it: the new cluster can have another one, and then never changes it",
				},
				Stays: []string{
					"workflow histories and running workflows: no tool copies them to another database",
					"visibility records: the DSQL plugin has no visibility store, so the new cluster needs OpenSearch or another one",
					"namespaces, schedules and search attributes: create them again",
				},
				Steps: []string{
					"create the DSQL cluster and its schema",
					"write the deployment (--write), check its shard count, and compile it",
					"start the new cluster, and create its namespaces, search attributes and schedules",
					"run workers for both clusters",
					"start new workflows on the new cluster only",
					"wait until the workflows of the old cluster have ended, then stop it",
				},
			}
		}
	}
	return nil
}

// printMove prints the move.
func (m *Move) printMove(w io.Writer, style report.Style) {
	fmt.Fprintln(w, style.Bold(fmt.Sprintf("moving from %s to DSQL:", printableText(m.From))))
	for _, part := range []struct {
		title string
		lines []string
	}{{"carries over", m.Carries}, {"does not", m.Stays}} {
		fmt.Fprintf(w, "  %s:\n", part.title)
		for _, line := range part.lines {
			fmt.Fprintf(w, "    - %s\n", line)
		}
	}
	fmt.Fprintln(w, "  in this order:")
	for n, step := range m.Steps {
		fmt.Fprintf(w, "    %d. %s\n", n+1, step)
	}
	fmt.Fprintln(w)
}

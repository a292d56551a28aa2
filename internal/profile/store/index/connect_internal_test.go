package index

import (
	"context"
	"net/url"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Connections are opened at the same time, and each has its own token and error. The race detector fails this test when
// they share a variable.
func TestConnectionsShareNothing(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "id")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "key")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	u, err := url.Parse("dsql://abc.dsql.eu-west-1.on.aws")
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := dsqlConfig(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			c := &pgx.ConnConfig{}
			if err := cfg.BeforeConnect(context.Background(), c); err != nil || c.Password == "" {
				t.Errorf("password of %d characters: %v", len(c.Password), err)
			}
		})
	}
	all.Wait()
}

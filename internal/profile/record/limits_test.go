package record_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/telemetry"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api/apitest"
)

// hanging is a Prometheus that never answers.
type hanging struct{ asked chan struct{} }

func (h hanging) Collect(ctx context.Context, _ telemetry.Query) (*telemetry.Result, error) {
	h.asked <- struct{}{}
	<-ctx.Done()
	return nil, ctx.Err()
}

// answering is a Prometheus that has no data.
type answering struct{}

func (answering) Collect(context.Context, telemetry.Query) (*telemetry.Result, error) {
	return &telemetry.Result{Telemetry: behaviour.Telemetry{}}, nil
}

// emptyTaker takes empty snapshots.
type emptyTaker struct{}

func (emptyTaker) Check(snapshot.Versions) error { return nil }

func (emptyTaker) Take(context.Context, snapshot.Sources) (*snapshot.Snapshot, error) {
	return &snapshot.Snapshot{}, nil
}

// acceptingStore accepts every profile.
type acceptingStore struct{}

func (acceptingStore) Earlier(context.Context, *store.IdempotencyKey) (*behaviour.Metadata, error) {
	return nil, nil
}

func (acceptingStore) Create(_ context.Context, p behaviour.Profile, _ *store.IdempotencyKey) (behaviour.Metadata, error) {
	return p.Metadata, nil
}

// A Prometheus that hangs takes the slots of its own cluster only, and a creation that waits for it ends at its deadline
// or with its client. Imports have slots of their own.
func TestHangingUpstreamStopsNoOtherCluster(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := make(chan struct{})
		r := record.New(record.Options{
			Store: acceptingStore{}, Taker: emptyTaker{}, Concurrency: 2,
			Clusters: map[string]record.Cluster{"bad": {Telemetry: hanging{asked}}, "good": {Telemetry: answering{}}},
			Now:      func() time.Time { return apitest.End.Add(time.Hour) },
		})
		create := func(ctx context.Context, cluster string) error {
			_, err := r.Create(ctx, record.Request{Name: "n", ClusterID: cluster, WindowStart: apitest.Start, WindowEnd: apitest.End})
			return err
		}
		ended := make(chan error, 2)
		left, leave := context.WithCancel(t.Context())
		go func() { ended <- create(left, "bad") }()
		<-asked
		go func() { ended <- create(t.Context(), "bad") }()
		<-asked
		var busy *record.BusyError
		if err := create(t.Context(), "bad"); !errors.As(err, &busy) {
			t.Errorf("a third creation of the bad cluster: %v", err)
		}
		for range 3 {
			if err := create(t.Context(), "good"); err != nil {
				t.Errorf("a creation of the good cluster: %v", err)
			}
		}
		if done, err := r.EnterImport(); err != nil {
			t.Errorf("an import: %v", err)
		} else {
			done()
		}
		leave()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the creation whose client has left: %v", err)
		}
		var late *record.DeadlineError
		if err := <-ended; !errors.As(err, &late) {
			t.Errorf("the creation that waits: %v", err)
		}
		go func() { ended <- create(t.Context(), "bad") }()
		<-asked // the slots are free again
		if err := <-ended; !errors.As(err, &late) {
			t.Errorf("another creation that waits: %v", err)
		}
	})
}

package service

import (
	"context"
	"log/slog"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
)

// sweepPeriodically repairs what crashes and outages left, until the context ends.
func sweepPeriodically(ctx context.Context, kept *store.Store, every time.Duration, logger *slog.Logger) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
		found, err := kept.Sweep(ctx, store.SweepGrace, store.Finish)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			logger.Error("sweep the store", "error", err.Error())
		}
		for _, p := range found {
			logger.Warn("incomplete profile", "found", p.Kind, "document", p.Document, "repaired", p.Repaired, "detail", p.Detail)
		}
	}
}

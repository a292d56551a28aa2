package server

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
)

// The running server obeys the file: it takes a payload just inside the compiled
// limit.blobSize.error and refuses one just outside.
func TestServerObeysTheCompiledBlobSize_R4(t *testing.T) {
	a := compiled[0]
	limit, ok := a.Profile.Value("limit.blobSize.error")
	bytes, isNumber := limit.(float64)
	if !ok || !isNumber {
		t.Fatalf("limit.blobSize.error of %s is %v", a.Name(), limit)
	}
	temporal := dial(t, startServer(t, a))
	send := func(size int) error {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := temporal.ExecuteWorkflow(ctx,
			client.StartWorkflowOptions{TaskQueue: taskQueue}, "Greet", strings.Repeat("x", size))
		return err
	}
	if err := send(int(bytes) - 1024); err != nil {
		t.Errorf("refused a payload inside the limit: %v", err)
	}
	var refused *serviceerror.InvalidArgument
	if err := send(int(bytes) + 1024); !errors.As(err, &refused) {
		t.Errorf("want a payload outside the limit refused, got %v", err)
	}
}

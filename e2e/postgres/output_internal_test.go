package postgres

import (
	"strings"
	"testing"
)

// The log of a server is read while it runs, when it does not answer: go test -race finds it otherwise.
func TestLogIsReadWhileTheServerPrints(t *testing.T) {
	var s Server
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 1000 {
			_, _ = s.log.Write([]byte("database system is starting up\n"))
		}
	}()
	for range 1000 {
		_ = s.Log()
	}
	<-done
	if lines := strings.Split(s.Log(), "\n"); len(lines) != 10 {
		t.Errorf("%d lines", len(lines))
	}
}

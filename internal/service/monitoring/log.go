package monitoring

import (
	"io"
	"log/slog"

	"github.com/temporal-dsql/temporal-dsql/internal/redact"
)

// NewLog returns a logger that writes JSON without secrets.
func NewLog(w io.Writer, level slog.Leveler) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: redactAttr}))
}

// publicAttrs are attributes that this program sets itself.
var publicAttrs = map[string]bool{
	slog.TimeKey: true, slog.LevelKey: true, slog.MessageKey: true, "request_id": true, "trace_id": true, "method": true, "route": true,
	"remote": true, "problem": true, "id": true, "path": true, "stack": true,
}

// redactAttr removes secrets from the texts and errors of a log entry.
func redactAttr(_ []string, a slog.Attr) slog.Attr {
	if publicAttrs[a.Key] {
		return a
	}
	switch v := a.Value.Any().(type) {
	case string:
		return slog.String(a.Key, redact.New(nil).RedactMessage(v))
	case error:
		return slog.String(a.Key, redact.New(nil).RedactMessage(v.Error()))
	}
	return a
}

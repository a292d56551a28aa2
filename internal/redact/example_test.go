package redact_test

import (
	"fmt"

	"github.com/temporal-dsql/temporal-dsql/internal/redact"
)

func ExampleRedactor_RedactValue() {
	r := redact.New([]byte("key of this installation"))
	_, paths := r.RedactValue("server_environment.history", "history", map[string]any{
		"TEMPORAL_SQL_PASSWORD":  "hunter2hunter2",
		"TEMPORAL_SQL_MAX_CONNS": "50",
	})
	fmt.Println(paths)
	// Output: [server_environment.history.TEMPORAL_SQL_PASSWORD]
}

package phrase_test

import (
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/redact/phrase"
)

func TestJoinedWords(t *testing.T) {
	for value, want := range map[string]bool{
		"marble-monday-thunder": true, "pepper.ribbon.marble": true, "velvet_saddle_orange7": true, "VelvetSaddleMarble": true,
		"temporal-history-service": false, "managed-by-vault": false, "read-only": false, "marble-monday": false,
		"PaymentWorkflowWorker": false, "long-and-strong": false, "base64-encoded": false, "com.example.payments": false,
	} {
		if got := phrase.IsJoined(value); got != want {
			t.Errorf("%s: %v", value, got)
		}
	}
}

func TestSpacedWords(t *testing.T) {
	for text, want := range map[string]bool{
		"correct horse battery staple": true, "orange crystal pepper harbor until friday": true,
		"kept in the vault": false, "too short for production": false, "rotated weekly every monday": false, "correct horse": false,
	} {
		if got := phrase.BeginsWithWords(text); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

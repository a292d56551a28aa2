package randomness_test

import (
	"math/rand/v2"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/redact/randomness"
)

// Of random letters and digits nearly all are tokens, however few digits they have.
func TestRandomTextIsAToken(t *testing.T) {
	const letters, trials = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 2000
	random := rand.New(rand.NewPCG(1, 2))
	for n, least := range map[int]int{16: 80, 20: 93, 24: 98, 32: 99} {
		found := 0
		for range trials {
			text := make([]byte, n)
			for i := range text {
				text[i] = letters[random.IntN(len(letters))]
			}
			if randomness.IsToken(string(text)) {
				found++
			}
		}
		if found*100 < least*trials {
			t.Errorf("%d of %d random texts of %d characters are tokens, under %d %%", found, trials, n, least)
		}
	}
}

// Names that people and tools write are not tokens.
func TestNamesAreNoTokens(t *testing.T) {
	for _, name := range []string{
		"PaymentsRefundWorkflowV2", "MaxConcurrentWorkflowTaskExecutionSizeV2Alpha1", "SHA256withRSAEncryption",
		"TemporalHistoryServiceTaskDefBF1A50FF", "internalFrontendClientRequestTimeoutMs123", "Ec2InstanceMetadata2024",
		"us-east-1a.Standard_D8s_v5", "X509CertificateV3Extension", "HTTPServerIdleTimeoutSeconds30", "AWSLambdaBasicExecutionRole2",
		"order-processing-queue-2024-blue", "price_1j9jYb2maUsKiCjkE3LamBgM", "cGxhaW4gdGV4dCBpbiBiYXNlNjQgMTIz",
	} {
		if randomness.IsToken(name) {
			t.Errorf("%s is a token", name)
		}
	}
}

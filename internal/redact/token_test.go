package redact_test

import (
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/redact"
)

// The ids that platforms and CI systems give, and names in camel case, are not tokens: people label runs with them.
func TestIDsAreNoTokens(t *testing.T) {
	for _, id := range []string{
		// of commits, images and builds
		"3ca5ce5", "3ca5ce54b27a", "9fceb02d0ae598e95dc970b74767f19372d61af8", "orders@9fceb02d0ae598e95dc970b74767f19372d61af8",
		"v0.0.0-20260101054833-3ca5ce54b27a", "pr-4821-9fceb02d0ae598e95dc970b74767f19372d61af8-mid-scale",
		"temporal/server:1.30.1@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"https://github.com/acme/orders/actions/runs/7043219987", "run-CZcmD7eagjhyX0vN", "buildkite 018f5a3c-6b2e-4c1d-9a7f-2b3c4d5e6f70",
		// of namespaces, runs and requests
		"orders.a1b2c", "ns-550e8400-e29b-41d4-a716-446655440000", "01J9ZK3X5V7Q8R2M4N6P0T1WYZ", "2Qn4dVhLkjPzG7ZqTmRyXcNb8sW",
		"cl9ebqhxk00003b600tymydho", "507f1f77bcf86cd799439011", "orders-20261130T054833.123456Z",
		// of AWS and Kubernetes
		"foo0bar1baz2quux3quuux4abcd.dsql.us-east-1.on.aws", "arn:aws:dsql:us-east-1:123456789012:cluster/4iabtzp7kx2m5vq3wnrljdyh6e",
		"arn:aws:ecs:us-east-1:123456789012:task/temporal/0b69d5c0d655424d8d1f5c2a5d1f4c0b",
		"arn:aws:iam::123456789012:role/temporal-AppRole-1A2B3C4D5E6F7",
		"arn:aws:sts::123456789012:assumed-role/temporal-TaskRole30FC0FBB-aBcDeFgHiJkL/0b69d5c0d655424d",
		"https://sqs.us-east-1.amazonaws.com/123456789012/orders-DeadLetters-1A2B3C4D5E6F",
		"temporal-prod-DsqlCluster-XK4QE96FC2UR", "temporal-prod-HistoryService-JQ8ZqT4x0XyB", "temporal-history-6b8f7c9d5-zx4kq",
		"A1B2C3D4E5F6A7B8C9D0E1F2A3B4C5D6.gr7.us-east-1.eks.amazonaws.com",
		// names in camel case
		"Soak24hMidScale15Replicas", "DSQLPool50Conns15Replicas", "Q4Peak2026BlackFridayEU", "BlackFriday2026RunA1B2",
		"NightlyLoad20261130EUWest1", "PaymentsV3_Canary_2026W48_A", "BenchmarkServerGet10ReqPerConn-4",
		// links to threads and documents
		"https://acme.slack.com/archives/C02ABCDEF12/p1701323313123456",
		"https://docs.google.com/document/d/1rovrOTd-wTawGMPPlPuKhwXaYBg9VszTXR9AQQL5LfI/edit?usp=sharing",
		// folders of messages
		"/private/var/folders/x3/9kq2_h1d7v5d0g5tq3zv4m9w0000gn/T/temporal-dsql",
		"/var/lib/kubelet/pods/3c1d2e4f-7b6a-4c3e-9f00-0198c0d2aaaa/volumes/kubernetes.io~configmap/config/..2026_11_30_05_48_33.1234567890",
	} {
		for _, text := range []string{id, "before " + id, "load test of " + id + ", twice"} {
			if redact.HasTextSecret(text) {
				t.Errorf("%s has a secret", text)
			}
		}
		if message := `open "` + id + `": not found`; redact.New(nil).RedactMessage(message) != message {
			t.Errorf("a message does not name %s", id)
		}
	}
}

// What is next to a token does not hide it.
func TestTokensAreFound(t *testing.T) {
	const token = "XK4qE96fC2Urj0QrriUt1eVjCGfVpkyy"
	for _, text := range []string{
		"TOKEN", "run with TOKEN", "https://hooks.example.com/T02ABC/TOKEN", "https://docs.google.com.evil.example/document/d/TOKEN/edit",
		"/etc/TOKEN/config", "prod/temporal/TOKEN", "TOKEN/p1701323313123456", "Soak24hMidScale15Replicas TOKEN", "run-TOKEN",
		"temporal-prod-DsqlCluster-TOKEN", "temporal-prod-ApiToken-JQ8ZqT4x0XyB", "run:TOKEN",
	} {
		if text := strings.ReplaceAll(text, "TOKEN", token); !redact.HasTextSecret(text) {
			t.Errorf("no token in %s", text)
		}
	}
}

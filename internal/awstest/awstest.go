// Package awstest checks, for servers that simulate a part of AWS, that requests are signed.
package awstest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	signer "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Region is the region of the simulated services.
const Region = "eu-west-1"

// Key is the key that tests sign with.
var Key = aws.Credentials{AccessKeyID: "AKIA" + "IOSFODNN7EXAMPLE", SecretAccessKey: "secret"}

// SetCredentials sets the environment of a test to Key.
func SetCredentials(t testing.TB) {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", Key.AccessKeyID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", Key.SecretAccessKey)
}

// EnvironmentKey returns the key in the environment.
func EnvironmentKey() aws.Credentials {
	return aws.Credentials{AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY")}
}

// CheckSignature verifies a request to a service by signing it again with the same headers.
func CheckSignature(r *http.Request, body []byte, service string, key aws.Credentials) error {
	given := r.Header.Get("Authorization")
	_, rest, _ := strings.Cut(given, "SignedHeaders=")
	names, _, _ := strings.Cut(rest, ",")
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		return fmt.Errorf("the request is not signed: %w", err)
	}
	again, err := http.NewRequestWithContext(r.Context(), r.Method, "http://"+r.Host+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(names, ";") {
		if values := r.Header.Values(name); len(values) > 0 {
			again.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	if err := signer.NewSigner().
		SignHTTP(r.Context(), key, again, fmt.Sprintf("%x", sha256.Sum256(body)), service, Region, at); err != nil {
		return err
	}
	if again.Header.Get("Authorization") != given {
		return errors.New("the signature is not that of this request, service and region")
	}
	return nil
}

package index

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// The signature is what AWS's description of Signature Version 4 makes of the
// rest of the token.
func TestDSQLTokenIsSigned(t *testing.T) {
	const endpoint, region, secret = "abc.dsql.eu-west-1.on.aws", "eu-west-1", "not/a+secret"
	keys := aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider("AKID", secret, "session"))
	for user, action := range map[string]string{"admin": "DbConnectAdmin", "reader": "DbConnect"} {
		token, err := dsqlToken(context.Background(), keys, endpoint, region, user)
		if err != nil {
			t.Fatal(err)
		}
		host, query, _ := strings.Cut(token, "/?")
		values, err := url.ParseQuery(query)
		if err != nil || host != endpoint || values.Get("Action") != action || values.Get("X-Amz-Expires") != "300" {
			t.Fatalf("%s: %v", token, err)
		}
		signature := values.Get("X-Amz-Signature")
		values.Del("X-Amz-Signature")
		at := values.Get("X-Amz-Date")
		scope := at[:8] + "/" + region + "/dsql/aws4_request"
		sum := func(s string) string { h := sha256.Sum256([]byte(s)); return hex.EncodeToString(h[:]) }
		request := strings.Join([]string{"GET", "/", values.Encode(), "host:" + endpoint, "", "host", sum("")}, "\n")
		key := []byte("AWS4" + secret)
		for _, part := range append(strings.Split(scope, "/"), strings.Join([]string{"AWS4-HMAC-SHA256", at, scope, sum(request)}, "\n")) {
			mac := hmac.New(sha256.New, key)
			mac.Write([]byte(part))
			key = mac.Sum(nil)
		}
		if want := hex.EncodeToString(key); signature != want {
			t.Errorf("as %s the signature is %s, not %s", user, signature, want)
		}
	}
}

// The address of a database is read as it is written.
func TestDSQLAddress(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	for address, want := range map[string]string{
		"dsql://abc.dsql.eu-west-1.on.aws":                "admin@abc.dsql.eu-west-1.on.aws:5432/postgres",
		"dsql://reader@abc.dsql.eu-west-1.on.aws":         "reader@abc.dsql.eu-west-1.on.aws:5432/postgres",
		"dsql://localhost:6000/profiles?region=us-east-1": "admin@localhost:6000/profiles",
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := dsqlConfig(context.Background(), u)
		if err != nil {
			t.Fatal(err)
		}
		c := cfg.ConnConfig
		if is := fmt.Sprintf("%s@%s:%d/%s", c.User, c.Host, c.Port, c.Database); is != want {
			t.Errorf("%s leads to %s, not %s", address, is, want)
		}
		if c.TLSConfig == nil || c.TLSConfig.InsecureSkipVerify || c.TLSConfig.ServerName != u.Hostname() || len(c.Fallbacks) != 0 ||
			cfg.BeforeConnect == nil {
			t.Errorf("%s is connected to without TLS or without a token", address)
		}
	}
}

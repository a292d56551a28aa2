package main

import (
	"net/http/httptest"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/temporal-dsql/temporal-dsql/internal/awstest"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/cloudwatch/cloudwatchtest"
)

// cloudwatchVariables are those that cloudwatch sets.
var cloudwatchVariables = []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL_CLOUDWATCH"}

// cloudwatch runs one for a script, and sets its endpoint and credentials: cloudwatch sets $DSQL_ENDPOINT. In each
// minute the database bills 360 DPU and aborts no transaction that it tells of.
func cloudwatch(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: cloudwatch")
	}
	server := &cloudwatchtest.Server{Value: func(metric string, _ time.Time, period time.Duration) (float64, bool) {
		switch {
		case strings.Contains(metric, " CommitLatency "):
			return 12, true
		case strings.Contains(metric, "DPU "):
			return 360 * period.Minutes(), true
		}
		return 0, false
	}}
	listening := httptest.NewServer(server)
	ts.Defer(listening.Close)
	for i, value := range []string{awstest.Key.AccessKeyID, awstest.Key.SecretAccessKey, listening.URL} {
		ts.Setenv(cloudwatchVariables[i], value)
	}
	ts.Setenv("DSQL_ENDPOINT", cloudwatchtest.Cluster+".dsql."+awstest.Region+".on.aws")
}

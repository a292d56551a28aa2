package snapshot

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// queryFrontend queries a Temporal frontend for its version and number of shards.
func (r *collection) queryFrontend(ctx context.Context, t Temporal) sourceResult {
	from := "Temporal frontend " + t.Address
	config, err := t.TLSConfig()
	if err != nil {
		return sourceResult{err: r.sourceError(from, OfService, err, "correct temporal.tls of the cluster")}
	}
	key, err := t.APIKey()
	if err != nil {
		return sourceResult{err: r.sourceError(from, OfService, err, "correct temporal.api_key_file of the cluster")}
	}
	limit := cmp.Or(t.Timeout, DefaultTimeout)
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if key != "" {
		r.redactor.RedactValue("", "api_key", key) // keeps it out of errors
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+key)
	}
	transport := insecure.NewCredentials()
	if config != nil {
		transport = credentials.NewTLS(config)
	}
	connection, err := grpc.NewClient(t.Address, grpc.WithTransportCredentials(transport))
	if err != nil {
		return sourceResult{err: r.sourceError(from, OfService, err, "use an address HOST:PORT")}
	}
	defer func() { _ = connection.Close() }()
	client := workflowservice.NewWorkflowServiceClient(connection)
	info, err := client.GetClusterInfo(ctx, &workflowservice.GetClusterInfoRequest{})
	version, shards := info.GetServerVersion(), info.GetHistoryShardCount()
	if status.Code(err) == codes.Unimplemented || status.Code(err) == codes.PermissionDenied || err == nil && version == "" {
		// some frontends, such as Temporal Cloud's, reject GetClusterInfo
		var system *workflowservice.GetSystemInfoResponse
		if system, err = client.GetSystemInfo(ctx, &workflowservice.GetSystemInfoRequest{}); err == nil {
			version = system.GetServerVersion()
		}
	}
	if err != nil {
		text := status.Convert(err).Message()
		if status.Code(err) == codes.DeadlineExceeded {
			text = fmt.Sprintf("no answer within %s: %s", limit, text)
		}
		return sourceResult{
			err: r.sourceError(from, OfUpstream, errors.New(text), "check that it is the frontend's gRPC address, and that TLS is right"),
		}
	}
	if version == "" {
		return sourceResult{
			err: r.sourceError(from, OfUpstream, errors.New("the frontend reports no version"), "set temporal_server_version"),
		}
	}
	out := sourceResult{server: version, sources: []string{from}}
	if shards > 0 {
		at := source.Pos{File: from}
		out.parts = []sourceSettings{{from, []deployed.Setting{{
			Kind: deployed.Static, Key: "cluster.historyShardCount", Value: int(shards), Shown: int(shards), Pos: at, ValuePos: at,
		}}}}
	}
	return out
}

// TLSConfig returns the TLS configuration for the frontend; nil means no TLS.
func (t Temporal) TLSConfig() (*tls.Config, error) {
	if t.TLS == nil {
		return nil, nil
	}
	config := &tls.Config{ServerName: t.TLS.ServerName, MinVersion: tls.VersionTLS12}
	if t.TLS.CAFile != "" {
		data, err := budget.CertificateFile.ReadFile(t.TLS.CAFile)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(data) {
			return nil, fmt.Errorf("%s contains no certificate", t.TLS.CAFile)
		}
	}
	if t.TLS.CertFile != "" || t.TLS.KeyFile != "" {
		certificate, err := budget.CertificateFile.ReadFile(t.TLS.CertFile)
		if err != nil {
			return nil, err
		}
		key, err := budget.SecretFile.ReadFile(t.TLS.KeyFile)
		if err != nil {
			return nil, err
		}
		pair, err := tls.X509KeyPair(certificate, key)
		if err != nil {
			return nil, fmt.Errorf("%s, %s: %w", t.TLS.CertFile, t.TLS.KeyFile, err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// APIKey reads the API key from its file, or returns "" without a file.
func (t Temporal) APIKey() (string, error) {
	if t.APIKeyFile == "" {
		return "", nil
	}
	data, err := budget.SecretFile.ReadFile(t.APIKeyFile)
	if err != nil {
		return "", err
	}
	key := strings.TrimSpace(string(data))
	if key == "" {
		return "", fmt.Errorf("%s is empty", t.APIKeyFile)
	}
	if t.TLS == nil {
		return "", errors.New("an API key requires TLS")
	}
	return key, nil
}

package snapshot_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"testing"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
)

// frontend is a gRPC service of Temporal's own definition; e2e/server asks a real one.
type frontend struct {
	workflowservice.UnimplementedWorkflowServiceServer
	cloud bool   // tells nothing of its cluster
	key   string // that it wants
}

func (f frontend) allowed(ctx context.Context) error {
	md, _ := metadata.FromIncomingContext(ctx)
	if sent := md.Get("authorization"); f.key != "" && (len(sent) != 1 || sent[0] != "Bearer "+f.key) {
		return status.Error(codes.Unauthenticated, "Request unauthorized.")
	}
	return nil
}

func (f frontend) GetClusterInfo(
	ctx context.Context,
	_ *workflowservice.GetClusterInfoRequest,
) (*workflowservice.GetClusterInfoResponse, error) {
	if f.cloud {
		return nil, status.Error(codes.PermissionDenied, "Request unauthorized.")
	}
	return &workflowservice.GetClusterInfoResponse{ServerVersion: "1.31.2", HistoryShardCount: 512}, f.allowed(ctx)
}

func (f frontend) GetSystemInfo(
	ctx context.Context,
	_ *workflowservice.GetSystemInfoRequest,
) (*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{ServerVersion: "1.32.0-cloud"}, f.allowed(ctx)
}

func serve(t *testing.T, f frontend, options ...grpc.ServerOption) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(options...)
	workflowservice.RegisterWorkflowServiceServer(server, f)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return listener.Addr().String()
}

// certificate makes one for localhost that signs itself, and its PEM.
func certificate(t *testing.T) (pair tls.Certificate, cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(
			1,
		),
		Subject:               pkix.Name{CommonName: "localhost"},
		DNSNames:              []string{"localhost"},
		IsCA:                  true,
		BasicConstraintsValid: true,
		NotBefore: time.Now().
			Add(-time.Hour),
		NotAfter:    time.Now().Add(time.Hour),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	key = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}))
	if pair, err = tls.X509KeyPair([]byte(cert), []byte(key)); err != nil {
		t.Fatal(err)
	}
	return pair, cert, key
}

func TestTheFrontendTellsItsVersion(t *testing.T) {
	got := take(t, snapshot.Sources{Temporal: &snapshot.Temporal{Address: serve(t, frontend{})}})
	if got.Versions.TemporalServer != "1.31.2" || got.Config.Parameters["history.shards"][""] != 512.0 {
		t.Errorf("%+v, %v", got.Versions, got.Config.Parameters)
	}
	cloud := take(t, snapshot.Sources{Temporal: &snapshot.Temporal{Address: serve(t, frontend{cloud: true})}})
	if cloud.Versions.TemporalServer != "1.32.0-cloud" {
		t.Errorf("%+v", cloud.Versions)
	}
	stated := take(t, snapshot.Sources{
		Temporal: &snapshot.Temporal{Address: serve(t, frontend{})},
		Stated:   snapshot.StatedFacts{Versions: snapshot.Versions{TemporalServer: "1.30.4"}},
	})
	if stated.Versions.TemporalServer != "1.30.4" {
		t.Errorf("%+v: what is stated is believed first", stated.Versions)
	}
}

func TestTheFrontendIsAskedOverTLS(t *testing.T) {
	pair, cert, key := certificate(t)
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM([]byte(cert))
	address := serve(t, frontend{key: "an-api-key-1"}, grpc.Creds(credentials.NewTLS(&tls.Config{
		Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: trusted,
	})))
	certFile, keyFile := file(t, "cert.pem", cert), file(t, "key.pem", key)
	whole := snapshot.TLS{CAFile: certFile, CertFile: certFile, KeyFile: keyFile, ServerName: "localhost"}
	ask := func(change func(*snapshot.Temporal)) error {
		own := whole
		from := &snapshot.Temporal{Address: address, TLS: &own, APIKeyFile: file(t, "api.key", "an-api-key-1\n"), Timeout: 2 * time.Second}
		change(from)
		taken, err := snapshot.New(engine, nil).Take(context.Background(), snapshot.Sources{Temporal: from})
		if err == nil && taken.Versions.TemporalServer != "1.31.2" {
			t.Errorf("%+v", taken.Versions)
		}
		return err
	}
	if err := ask(func(*snapshot.Temporal) {}); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*snapshot.Temporal){
		"another CA":        func(x *snapshot.Temporal) { _, other, _ := certificate(t); x.TLS.CAFile = file(t, "ca.pem", other) },
		"no certificate":    func(x *snapshot.Temporal) { x.TLS.CertFile, x.TLS.KeyFile = "", "" },
		"another name":      func(x *snapshot.Temporal) { x.TLS.ServerName = "temporal.example.com" },
		"another API key":   func(x *snapshot.Temporal) { x.APIKeyFile = file(t, "api.key", "an-api-key-2") },
		"no PEM for the CA": func(x *snapshot.Temporal) { x.TLS.CAFile = keyFile },
	} {
		var at *snapshot.SourceError
		if err := ask(change); !errors.As(err, &at) {
			t.Errorf("%s: %v", what, err)
		} else {
			t.Logf("%s: %v", what, err)
		}
	}
}

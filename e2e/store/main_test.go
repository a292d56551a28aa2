package store

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

// s3Root and s3Address make this binary an S3 server: it changes directory, and
// a process can have one.
const (
	s3Root    = "STORE_TEST_S3_ROOT"
	s3Address = "STORE_TEST_S3_ADDRESS"
)

const (
	accessKey = "store"
	secretKey = "only-of-this-test"
	region    = "eu-west-1"
)

func TestMain(m *testing.M) {
	if root := os.Getenv(s3Root); root != "" {
		if err := serveS3(root, os.Getenv(s3Address)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func serveS3(root, address string) error {
	side := filepath.Join(filepath.Dir(root), "attributes")
	if err := os.MkdirAll(side, 0o700); err != nil {
		return err
	}
	attributes, err := meta.NewSideCar(side)
	if err != nil {
		return err
	}
	files, err := posix.New(root, attributes, posix.PosixOpts{SideCarDir: side})
	if err != nil {
		return err
	}
	return embedgw.RunVersityGW(context.Background(), files, &embedgw.Config{
		RootUserAccess: accessKey,
		RootUserSecret: secretKey,
		Region:         region,
		Ports: []string{
			address,
		},
		MaxConnections:    1000,
		MaxRequests:       1000,
		MultipartMaxParts: 10000,
		KeepAlive:         true,
		Quiet:             true,
		HealthPath:        "/health",
	})
}

// startS3 starts an S3 server for the time of the test, points the environment
// at it, and gives its folder, in which a folder is a bucket.
func startS3(t *testing.T) (string, *process) {
	t.Helper()
	root := filepath.Join(t.TempDir(), "buckets")
	if err := os.MkdirAll(root, 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": accessKey, "AWS_SECRET_ACCESS_KEY": secretKey, "AWS_REGION": region,
		"AWS_ENDPOINT_URL_S3": "http://" + address, "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	} {
		t.Setenv(name, value)
	}
	server := &process{
		name: "the S3 server",
		command: func() *exec.Cmd {
			c := exec.Command(os.Args[0])
			c.Env = append(os.Environ(), s3Root+"="+root, s3Address+"="+address)
			c.Stderr = os.Stderr
			return c
		},
		answers: func() error {
			answer, err := http.Get("http://" + address + "/health")
			if err != nil {
				return err
			}
			defer func() { _ = answer.Body.Close() }()
			if answer.StatusCode != http.StatusOK {
				return fmt.Errorf("it says %s", answer.Status)
			}
			return nil
		},
	}
	server.start(t)
	t.Cleanup(func() { server.end() })
	return root, server
}

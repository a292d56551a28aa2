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
	"time"

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
		RootUserAccess: accessKey, RootUserSecret: secretKey, Region: region,
		Ports: []string{address}, MaxConnections: 1000, MaxRequests: 1000, MultipartMaxParts: 10000, KeepAlive: true, Quiet: true, HealthPath: "/health",
	})
}

// startS3 starts an S3 server for the time of the test, points the environment
// at it, and gives its folder: a folder in it is a bucket.
func startS3(t *testing.T) string {
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
	server := exec.Command(os.Args[0])
	server.Env = append(os.Environ(), s3Root+"="+root, s3Address+"="+address)
	server.Stderr = os.Stderr
	run(t, server)
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": accessKey, "AWS_SECRET_ACCESS_KEY": secretKey, "AWS_REGION": region,
		"AWS_ENDPOINT_URL_S3": "http://" + address, "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	} {
		t.Setenv(name, value)
	}
	ready(t, "the S3 server", func() error {
		answer, err := http.Get("http://" + address + "/health")
		if err != nil {
			return err
		}
		defer func() { _ = answer.Body.Close() }()
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("it says %s", answer.Status)
		}
		return nil
	})
	return root
}

// run starts a server that ends with the test.
func run(t testing.TB, server *exec.Cmd) {
	t.Helper()
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(os.Interrupt)
		ended := time.AfterFunc(5*time.Second, func() { _ = server.Process.Kill() })
		_ = server.Wait() // it was told to end: how it does is no matter
		ended.Stop()
	})
}

// ready waits until a server answers.
func ready(t testing.TB, name string, ask func() error) {
	t.Helper()
	var err error
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if err = ask(); err == nil {
			return
		}
	}
	t.Fatalf("%s does not answer: %v", name, err)
}

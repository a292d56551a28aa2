package configfile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// Text from a request opens no file of this machine, whichever field names it.
func TestTextNamesNoFile(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.MkdirAll("dir", 0o700); err != nil {
		t.Fatal(err)
	}
	names := []string{"pipe", ".env", "dir/.env"}
	for _, name := range names {
		if err := os.WriteFile(name, []byte("A=1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	opened := watchOpened(t, names...)
	absent := "given.yaml: read deployed configuration: it refers to file pipe, which is not available (read what " +
		"docker compose config prints)"
	for text, want := range map[string]string{
		"services: {a: {env_file: pipe}}":                                                      absent,
		"services: {a: {env_file: [{path: pipe, required: false}], environment: {A: b}}}":      "",
		"services: {a: {label_file: pipe, environment: {A: b}}}":                               "",
		"services: {a: {extends: {file: pipe, service: a}}}":                                   absent,
		"services: {a: {<<: {extends: {file: pipe, service: a}}}}":                             absent,
		"services: {a: {environment: {A: b}}}\njobs: {a: {extends: {file: pipe, service: a}}}": absent,
		"include: [pipe]": absent,
		"<<: {include: [pipe]}\nservices: {a: {environment: {A: b}}}": absent,
		"include: [{path: pipe, project_directory: dir}]":             absent,
		"include: [{env_file: pipe}]": "given.yaml:1:11: read deployed " +
			"configuration: it includes no file (write include: [FILE])",
		"include: [{path: [], env_file: pipe}]": "given.yaml:1:11: read deployed " +
			"configuration: it includes no file (write include: [FILE])",
		"include: [{path: '', env_file: pipe}]": "given.yaml:1:18: read deployed " +
			"configuration: the file name is empty",
		"services: {a: {environment: {A: b}, pre_start: [{env_file: pipe, image: i}]}}": "",
		"services: {a: {environment: {A: b}}}\nsecrets: {s: {file: pipe}}":              "",
	} {
		file, err := Reader{Format: deployed.Compose}.Text(context.Background(), "given.yaml", []byte(text))
		got := ""
		if err != nil || len(file.Settings) != 1 {
			got = fmt.Sprint(err)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
		if n := opened(); n > 0 {
			t.Errorf("%s: it opened %d files", text, n)
		}
	}
	for _, name := range names {
		if _, err := os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	if n := opened(); n != len(names) {
		t.Fatalf("%d of %d opened files are seen: the watch proves nothing", n, len(names))
	}
}

// watchOpened watches files; what it returns counts how often they were opened since the last call.
func watchOpened(t *testing.T, names ...string) func() int {
	t.Helper()
	watch, err := syscall.InotifyInit1(syscall.IN_NONBLOCK | syscall.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(watch) })
	for _, name := range names {
		if _, err := syscall.InotifyAddWatch(watch, name, syscall.IN_OPEN); err != nil {
			t.Fatal(err)
		}
	}
	return func() int {
		var events [64 * syscall.SizeofInotifyEvent]byte
		n, err := syscall.Read(watch, events[:])
		if err != nil && !errors.Is(err, syscall.EAGAIN) {
			t.Fatal(err)
		}
		return max(0, n) / syscall.SizeofInotifyEvent // an event of a watched file has no name
	}
}

//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
)

// every command that reads files: FILE is one, FOLDER one that has nothing but such a
// deployment in it, and FILES and FOLDERS are all of one kind in one run
var readers = []struct{ line, kinds string }{
	{"lint FILE", "yaml env json"},
	{"lint FILE good.env", "yaml"},
	{"migrate --env-file FILE", "env"},
	{"migrate --dynamic-config FILE", "yaml"},
	{"migrate --compose FILE", "yaml"},
	{"migrate --task-definition FILE", "json"},
	{"migrate --helm FILE", "yaml"},
	{"compile --env-file FILE", "env"},
	{"compile FILE", "yaml json"},
	{"compile starter --overrides FILE", "yaml json cue"},
	{"compile starter --deployed FILE", "json"},
	{"explain --key history.shards FILE", "yaml"},
	{"explain --profile FILE", "yaml json"},
	{"diff FILE starter", "yaml json"},
	{"gate FILES", "yaml json"},
	{"gate good.yaml --against FILE", "json"},
	{"gate good.yaml --policy FILE", "rego"},
	{"compile FOLDER", "yaml json cue"},
	{"explain --key history.shards FOLDER", "yaml cue"},
	{"diff starter FOLDER", "yaml cue"},
	{"gate FOLDERS", "yaml json cue"},
	{"gate FOLDERS/...", "yaml cue"},
}

// readsRunning matches the commands that read what runs today.
var readsRunning = regexp.MustCompile("^(lint|migrate|compile --env-file) ")

// bad are invalid contents, by their fault.
func bad(t *testing.T) map[string]func(path string) {
	bomb := "k: &k0 [x,x,x,x,x,x,x,x,x]\n"
	for i := 1; i < 12; i++ {
		bomb += fmt.Sprintf("k%d: &k%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*k%d,", i-1), 9), ","))
	}
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, bytes.Repeat([]byte("A: 1\n"), 20<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(text), 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(data []byte) func(string) {
		return func(path string) {
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	wide := []byte("\xff\xfe")
	for _, c := range utf16.Encode([]rune("preset: starter\n")) {
		wide = append(wide, byte(c), byte(c>>8))
	}
	return map[string]func(string){
		"empty":  write(nil),
		"binary": write([]byte("\x7fELF\x02\x01\x00\x00\x90\xfe")),
		"utf16":  write(wide),
		"latin1": write([]byte("A: caf\xe9\n")),
		"bomb":   write([]byte(bomb)),
		"deep":   write([]byte(strings.Repeat("[", 200_000))),
		"secret": func(path string) {
			write([]byte("A=1\n"))(path)
			if err := os.Chmod(path, 0); err != nil {
				t.Fatal(err)
			}
		},
		"large": func(path string) {
			write(nil)(path)
			if err := os.Truncate(path, 100<<20); err != nil {
				t.Fatal(err)
			}
		},
		"long": func(path string) {
			if err := os.Symlink(text, path); err != nil {
				t.Fatal(err)
			}
		},
		"endless": func(path string) {
			if err := os.Symlink("/dev/zero", path); err != nil {
				t.Fatal(err)
			}
		},
		"folder": func(path string) {
			if err := os.Mkdir(path, 0o755); err != nil {
				t.Fatal(err)
			}
		},
		"missing": func(string) {},
	}
}

// Whatever a file holds, every command that reads it names it and exits with 2,
// within bounds of memory and time, and says nothing else.
func TestUnreadableFilesAreNamed(t *testing.T) {
	dir := t.TempDir()
	for _, open := range []string{filepath.Dir(dir), dir} {
		if err := os.Chmod(open, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	self := filepath.Join(dir, "bin", "temporal-dsql")
	copied(t, self)
	if err := os.Symlink(commandName, filepath.Join(dir, "bin", measureName)); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"good.env": "TEMPORAL_SQL_MAX_CONNS=50\n", "good.yaml": "preset: starter\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kinds := bad(t)
	for what, make := range kinds {
		for _, kind := range []string{"yaml", "json", "env", "cue", "rego"} {
			make(filepath.Join(dir, what+"."+kind))
			folder := filepath.Join(dir, what+"-"+kind)
			if err := os.Mkdir(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			make(filepath.Join(folder, "deployment."+kind))
		}
	}
	// these take no memory to refuse, and run in workers; root may read everything, so that no worker is asked for a secret
	harmless := []string{"empty", "binary", "utf16", "latin1", "large", "long", "folder", "missing"}
	cases := map[string]func(*testing.T){}
	for _, r := range readers {
		together := map[string][]string{} // by kind
		isFolder := strings.Contains(r.line, "FOLDER")
		for what := range kinds {
			isAbsent := what == "folder" || what == "missing" // there is no deployment then
			if isAbsent && isFolder {
				continue
			}
			for kind := range strings.FieldsSeq(r.kinds) {
				// lines with a colon are variables, too, Rego is no YAML, and CUE without
				// a field is a struct without one
				if what == "bomb" && kind != "yaml" || what == "deep" && kind == "env" || what == "empty" && kind == "cue" {
					continue
				}
				// an empty file of what runs sets nothing
				if what == "empty" && readsRunning.MatchString(r.line) {
					continue
				}
				file := what + "." + kind
				if isFolder {
					file = what + "-" + kind
				}
				if !isAbsent && (strings.Contains(r.line, "FILES") || strings.Contains(r.line, "FOLDERS")) {
					together[kind] = append(together[kind], file)
					continue
				}
				line := strings.NewReplacer("FILES", "./"+file, "FILE", "./"+file, "FOLDER", "./"+file).Replace(r.line)
				cases[line] = func(t *testing.T) {
					if slices.Contains(harmless, what) {
						refusedByWorker(t, dir, strings.Fields(line), file)
						return
					}
					refused(t, dir, self, strings.Fields(line), file)
				}
			}
		}
		for kind, files := range together {
			cases[r.line+" "+kind] = func(t *testing.T) {
				command, suffix, _ := strings.Cut(strings.Replace(r.line, "FOLDERS", "FILES", 1), "FILES")
				args := strings.Fields(command)
				for _, file := range files {
					args = append(args, "./"+file+suffix)
				}
				said := refused(t, dir, self, args, files...)
				for _, file := range files {
					if !regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(file) + `\b.*: error: unreadable_deployment: `).MatchString(said) {
						t.Errorf("%s is not said to be unreadable:\n%s", file, said)
					}
				}
			}
		}
	}
	names := slices.Sorted(maps.Keys(cases))
	for _, n := range rapidtest.Choose(len(names)) {
		t.Run(names[n], func(t *testing.T) {
			t.Parallel()
			cases[names[n]](t)
		})
	}
}

// refused runs a command that must refuse the files and name them, and returns what it says.
func refused(t *testing.T, dir, self string, args []string, files ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Dir, cmd.Env = dir, []string{"HOME=" + dir}
	if os.Getuid() == 0 {
		// root may read everything
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	kilobytes, err := runWithPeak(filepath.Join(filepath.Dir(self), measureName), cmd)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != command.ExitUsage {
		t.Fatalf("it ends with %v, and says\n%.500s%s", err, &stdout, &stderr)
	}
	said := checkRefusal(t, args, stdout.String(), stderr.String(), files)
	const most = 400 << 10
	if kilobytes == 0 || kilobytes > most {
		t.Errorf("it took %d KB", kilobytes)
	}
	return said
}

// refusedByWorker is refused, in a worker.
func refusedByWorker(t *testing.T, dir string, args []string, file string) {
	t.Helper()
	w := <-workers()
	got, err := w.run(request{Args: args, Env: []string{"HOME=" + dir}, Dir: dir})
	workers() <- w
	if err != nil || got.Code != command.ExitUsage {
		t.Fatalf("it ends with %d, %v, and says\n%.500s%s", got.Code, err, got.Stdout, got.Stderr)
	}
	checkRefusal(t, args, got.Stdout, got.Stderr, []string{file})
}

// checkRefusal checks what a command says that must refuse files, and returns it.
func checkRefusal(t *testing.T, args []string, stdout, stderr string, files []string) string {
	t.Helper()
	said := stderr
	switch {
	case args[0] == "gate":
		// what a gate cannot read is a finding
		said += stdout
	case args[0] == "lint" && len(args) > 2:
		// the other file has findings of its own
	case stdout != "":
		t.Errorf("it prints\n%s", stdout)
	}
	for _, file := range files {
		if !strings.Contains(said, file) {
			t.Errorf("it does not name %s, but says\n%s", file, said)
		}
	}
	if strings.Contains(said, "goroutine") || strings.Contains(said, "internal error") {
		t.Errorf("it breaks down:\n%s", said)
	}
	return said
}

// copied puts this test binary where anybody may run it, by the name of the command.
func copied(t *testing.T, to string) {
	t.Helper()
	from, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// One interrupt ends a command, whatever it is at: waiting for input, or in an
// evaluation that listens to nobody. No file is there then.
func TestOneInterruptEndsIt(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the processor time of another process is in /proc")
	}
	self := filepath.Join(t.TempDir(), "temporal-dsql")
	copied(t, self)
	// counts to a hundred million before it says anything
	const counting = "package endless\n\nimport \"list\"\n\npreset: name: \"x\"\n" +
		"_n: [for a in list.Range(0, 10000, 1) for b in list.Range(0, 10000, 1) {a*b}]\nname: \"\\(len(_n))\"\n"
	for _, line := range []string{
		"conformance pipe.env", "recommend pipe.env", "profile compare pipe.env pipe.env",
		"profile report pipe.env --out out", "lint pipe.env", "migrate --env-file pipe.env",
		"compile ./endless --out out", "gate ./endless", "explain --key history.shards ./endless",
		"diff starter ./endless",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			pipe := filepath.Join(dir, "pipe.env")
			if err := syscall.Mkfifo(pipe, 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(filepath.Join(dir, "endless"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "endless", "deployment.cue"), []byte(counting), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), self, strings.Fields(line)...)
			cmd.Dir, cmd.Env = dir, []string{"HOME=" + dir}
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			isAtWork := func() bool { return processorTime(t, cmd.Process.Pid) > time.Second/2 }
			if strings.Contains(line, "pipe.env") {
				isAtWork = func() bool { return openForReader(t, pipe) }
			}
			for !isAtWork() {
				select {
				case err := <-ended:
					t.Fatalf("it ends by itself: %v\n%s", err, &stderr)
				case <-time.After(10 * time.Millisecond):
				}
			}
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			if err := <-ended; err == nil {
				t.Error("it is content with nothing")
			}
			if code := cmd.ProcessState.ExitCode(); code != exitInterrupted || stderr.String() != "temporal-dsql: interrupted\n" {
				t.Errorf("it ends with %d and says\n%s", code, &stderr)
			}
			if _, err := os.Stat(filepath.Join(dir, "out")); !os.IsNotExist(err) {
				t.Error("something is written")
			}
		})
	}
}

// A command that must not leave anything half done continues after the first interrupt;
// the second one ends it at once.
func TestASecondInterruptEndsWhatGoesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	self := filepath.Join(dir, "temporal-dsql")
	copied(t, self)
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.json"), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "profile", "import", "pipe.json")
	cmd.Dir, cmd.Env = dir, []string{"HOME=" + dir}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	interrupt := func() {
		if err := cmd.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
	}
	for !openForReader(t, filepath.Join(dir, "pipe.json")) {
		select {
		case err := <-ended:
			t.Fatalf("it ends by itself: %v", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
	// the first that it hears makes it listen to no other, which then ends it as a
	// signal does: had the first ended it, there would be an exit code
	for {
		interrupt()
		select {
		case err := <-ended:
			if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGINT {
				t.Errorf("it ends with %v", err)
			}
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// openForReader opens a pipe for writing until the test ends, and reports whether it
// has a reader. Nothing is ever written.
func openForReader(t *testing.T, pipe string) bool {
	t.Helper()
	f, err := os.OpenFile(pipe, os.O_WRONLY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ENXIO) {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return true
}

// processorTime is what a process has used so far: on a busy machine the clock does
// not say how far it has come.
func processorTime(t *testing.T, pid int) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if os.IsNotExist(err) {
		return 0 // it ends
	}
	if err != nil {
		t.Fatal(err)
	}
	// the name before it may have spaces in it
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	var ticks time.Duration
	for _, field := range fields[11:13] {
		n, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		ticks += time.Duration(n)
	}
	const perSecond = 100 // on every Linux
	return ticks * time.Second / perSecond
}

const exitInterrupted = 130

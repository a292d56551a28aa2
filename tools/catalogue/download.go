package main

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"

	"golang.org/x/mod/modfile"
	moduleversion "golang.org/x/mod/module"
)

// module is the source of one module version on this machine.
type module struct {
	path    string
	version string
	goMod   string // file on this machine
	files   fs.FS
}

// download asks the go command for a module's zip file: from the module cache if
// it is there, from the module proxy otherwise. A module that needs a newer Go
// than this one is still downloaded and verified; only its unpacking is refused.
func download(path, version string) (module, error) {
	var info struct{ Path, Version, GoMod, Zip, Error string }
	if err := askGo(&info, "mod", "download", "-json", path+"@"+version); err != nil {
		return module{}, fmt.Errorf("download %s@%s: %w", path, version, err)
	}
	if info.Zip == "" || info.GoMod == "" {
		return module{}, fmt.Errorf("download %s@%s: %s", path, version, info.Error)
	}
	files, err := openZip(info.Zip, info.Path+"@"+info.Version)
	if err != nil {
		return module{}, fmt.Errorf("open the zip file of %s@%s: %w", path, version, err)
	}
	return module{path: info.Path, version: info.Version, goMod: info.GoMod, files: files}, nil
}

// openZip reads a zip file into memory, so that nothing has to be closed.
func openZip(name, folder string) (fs.FS, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	return fs.Sub(archive, folder)
}

// askGo runs the go command and decodes its JSON output. An exit code other than
// 0 is not an error if there is output: the output then says what is wrong.
func askGo(into any, args ...string) error {
	cmd := exec.Command("go", args...)
	// outside any module, so that no go.mod of ours has to require the server
	cmd.Dir = os.TempDir()
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "GOTOOLCHAIN=local")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, runErr := cmd.Output()
	if err := json.Unmarshal(out, into); err != nil {
		if runErr != nil {
			return fmt.Errorf("%w: %s", runErr, bytes.TrimSpace(stderr.Bytes()))
		}
		return fmt.Errorf("read the go command's answer: %w", err)
	}
	return nil
}

// downloadServer fetches one server version and the companion modules that it
// requires, the server first.
func downloadServer(c catalogueServer) ([]module, error) {
	server, err := download(serverModule, c.Version)
	if err != nil {
		return nil, err
	}
	required, err := companionsOf(server)
	if err != nil {
		return nil, err
	}
	modules := []module{server}
	for _, req := range required {
		companion, err := download(req.Path, cmp.Or(c.StandIns[req.Path], req.Version))
		if err != nil {
			return nil, err
		}
		modules = append(modules, companion)
	}
	return modules, nil
}

// companionsOf returns the companion modules that a server's go.mod requires.
func companionsOf(server module) ([]moduleversion.Version, error) {
	data, err := os.ReadFile(server.goMod)
	if err != nil {
		return nil, fmt.Errorf("read the server's go.mod: %w", err)
	}
	file, err := modfile.ParseLax(server.goMod, data, nil)
	if err != nil {
		return nil, fmt.Errorf("parse the server's go.mod: %w", err)
	}
	var required []moduleversion.Version
	for _, path := range companionModules {
		for _, req := range file.Require {
			if req.Mod.Path == path {
				required = append(required, req.Mod)
			}
		}
	}
	return required, nil
}

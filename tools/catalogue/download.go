package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"

	"golang.org/x/mod/modfile"
)

// module is the source of one module version on this machine.
type module struct {
	path    string
	version string
	dir     string
}

// download asks the go command for a module's source: from the module cache if
// it is there, from the module proxy otherwise.
func download(path, version string) (module, error) {
	cmd := exec.Command("go", "mod", "download", "-json", path+"@"+version)
	// outside any module, so that no go.mod of ours has to require the server
	cmd.Dir = os.TempDir()
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, runErr := cmd.Output()
	var info struct{ Path, Version, Dir, Error string }
	if err := json.Unmarshal(out, &info); err != nil {
		if runErr != nil {
			return module{}, fmt.Errorf("download %s@%s: %w: %s", path, version, runErr, bytes.TrimSpace(stderr.Bytes()))
		}
		return module{}, fmt.Errorf("read the go command's answer for %s@%s: %w", path, version, err)
	}
	if info.Error != "" {
		return module{}, fmt.Errorf("download %s@%s: %s", path, version, info.Error)
	}
	return module{path: info.Path, version: info.Version, dir: info.Dir}, nil
}

// downloadServer fetches one server version and the companion modules that it
// requires, the server first.
func downloadServer(version string) ([]module, error) {
	server, err := download(serverModule, version)
	if err != nil {
		return nil, err
	}
	goMod := server.dir + "/go.mod"
	data, err := os.ReadFile(goMod)
	if err != nil {
		return nil, fmt.Errorf("read the server's go.mod: %w", err)
	}
	file, err := modfile.ParseLax(goMod, data, nil)
	if err != nil {
		return nil, fmt.Errorf("parse the server's go.mod: %w", err)
	}
	modules := []module{server}
	for _, path := range companionModules {
		for _, req := range file.Require {
			if req.Mod.Path != path {
				continue
			}
			companion, err := download(path, req.Mod.Version)
			if err != nil {
				return nil, err
			}
			modules = append(modules, companion)
		}
	}
	return modules, nil
}

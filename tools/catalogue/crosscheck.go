package main

import (
	"fmt"
	"go/version"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"

	"golang.org/x/mod/modfile"
	moduleversion "golang.org/x/mod/module"
)

func crosscheckModName(line string) string { return "go." + line + ".mod" }

// crosscheckedServers picks, of each line, the server that the cross-check links:
// the one that the line's go.mod file requires. A line without a file is left out.
func crosscheckedServers(servers []server, folder string) ([]server, error) {
	var picked []server
	for _, patches := range byLine(servers) {
		name := filepath.Join(folder, crosscheckModName(patches[0].line))
		data, err := os.ReadFile(name)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the cross-check's go.mod: %w", err)
		}
		file, err := modfile.Parse(name, data, nil)
		if err != nil {
			return nil, fmt.Errorf("parse the cross-check's go.mod: %w", err)
		}
		found := false
		for _, req := range file.Require {
			if i := slices.IndexFunc(
				patches,
				func(s server) bool { return s.version == req.Mod.Version },
			); req.Mod.Path == serverModule &&
				i >= 0 {
				picked, found = append(picked, patches[i]), true
			}
		}
		if !found {
			return nil, fmt.Errorf("%s: it requires no server of %s that the catalogue holds", name, patches[0].line)
		}
	}
	return picked, nil
}

// addCrosscheck writes the go.mod file of a line that has none yet: a copy of the
// newest one that requires the line's newest server that builds with this Go.
// It reports whether there is such a server.
func addCrosscheck(listed []catalogueServer, line, folder string) (bool, error) {
	name := filepath.Join(folder, crosscheckModName(line))
	if _, err := os.Stat(name); err == nil {
		return true, nil
	}
	for _, c := range slices.Backward(listed) {
		if lineOf(c.Version) != line || len(c.StandIns) > 0 {
			continue
		}
		m, err := download(serverModule, c.Version)
		if err != nil {
			return false, err
		}
		if ok, err := buildsHere(m); err != nil || !ok {
			if err != nil {
				return false, err
			}
			continue
		}
		return true, writeCrosscheckMod(name, m)
	}
	return false, nil
}

// buildsHere reports whether a module's go.mod accepts the Go that runs.
func buildsHere(m module) (bool, error) {
	data, err := os.ReadFile(m.goMod)
	if err != nil {
		return false, fmt.Errorf("read the server's go.mod: %w", err)
	}
	file, err := modfile.ParseLax(m.goMod, data, nil)
	if err != nil {
		return false, fmt.Errorf("parse the server's go.mod: %w", err)
	}
	return file.Go == nil || version.Compare("go"+file.Go.Version, runtime.Version()) <= 0, nil
}

func writeCrosscheckMod(name string, m module) error {
	required, err := companionsOf(m)
	if err != nil {
		return err
	}
	file := &modfile.File{}
	if err := file.AddModuleStmt("github.com/temporal-dsql/temporal-dsql/tools/crosscheck"); err != nil {
		return err
	}
	if err := file.AddGoStmt(runtime.Version()[len("go"):]); err != nil {
		return err
	}
	for _, req := range append(required, moduleversion.Version{Path: m.path, Version: m.version}) {
		if err := file.AddRequire(req.Path, req.Version); err != nil {
			return err
		}
	}
	data, err := file.Format()
	if err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o644)
}

// completeCrosscheck lets the go command fill in what the packages of a line's
// cross-check need; it downloads, and compiles nothing.
func completeCrosscheck(line, folder string) error {
	cmd := exec.Command(
		"go",
		"list",
		"-mod=mod",
		"-modfile="+crosscheckModName(line),
		"-tags=temporal,temporal_"+underscored(line),
		"-test",
		"-deps",
		"-f",
		"{{if .Error}}{{.Error}}{{end}}",
		".",
	)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("complete %s: %w: %s", crosscheckModName(line), err, out)
	}
	return nil
}

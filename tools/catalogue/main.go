// Command catalogue writes the table of every dynamic-config key that the
// supported Temporal servers register, read from the servers' source.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

const fileName = "catalogue_gen.cue"

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "catalogue: %v\n", err)
		os.Exit(1)
	}
}

var errStale = errors.New("generated files are stale; write them again with go run ./catalogue")

func run(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("catalogue", flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("out", "../schema/temporal", "`folder` of "+fileName)
	check := flags.Bool("check", false, "write nothing; fail if a generated file is stale")
	newer := flags.Bool("update", false, "add what the module proxy has released since, and write all generated files")
	printed := flags.String("print", "", "print the committed table as JSON for one `version`, such as 1.32 or 1.32.1")
	imports := flags.String("imports", "crosscheck", "`folder` of the cross-check's import files")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *printed != "" {
		return printVersion(stdout, filepath.Join(*out, fileName), *printed)
	}
	listed, err := parseVersions(versionsText)
	if err != nil {
		return err
	}
	if *newer {
		return updateAll(listed, *out, *imports, stdout)
	}
	servers, err := readServers(listed)
	if err != nil {
		return err
	}
	files, err := generated(servers, *out, *imports)
	if err != nil {
		return err
	}
	if *check {
		return compare(stdout, files)
	}
	return write(files)
}

// generated are the files that the servers' source determines, by name.
func generated(servers []server, out, imports string) (map[string][]byte, error) {
	table, err := generate(servers)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{filepath.Join(out, fileName): table}
	linked, err := crosscheckedServers(servers, imports)
	if err != nil {
		return nil, err
	}
	for _, srv := range linked {
		data, err := importFile(srv)
		if err != nil {
			return nil, err
		}
		files[filepath.Join(imports, importFileName(srv.line))] = data
	}
	return files, nil
}

func write(files map[string][]byte) error {
	for name, data := range files {
		if err := os.WriteFile(name, data, 0o644); err != nil {
			return fmt.Errorf("write a generated file: %w", err)
		}
	}
	return nil
}

// readServers scans the source of each server.
func readServers(listed []catalogueServer) ([]server, error) {
	var servers []server
	for _, c := range listed {
		srv, err := readServer(c)
		if err != nil {
			return nil, err
		}
		servers = append(servers, srv)
	}
	return servers, nil
}

func readServer(c catalogueServer) (server, error) {
	src, err := parseServer(c)
	if err != nil {
		return server{}, err
	}
	return scanServer(c.Version, src)
}

// parseServer reads the source of a server and of its companions.
func parseServer(c catalogueServer) (*source, error) {
	modules, err := downloadServer(c)
	if err != nil {
		return nil, err
	}
	return parseModules(modules)
}

func scanServer(version string, src *source) (server, error) {
	_, _, patch, err := numbers(version)
	if err != nil {
		return server{}, err
	}
	settings, err := scan(src)
	if err != nil {
		return server{}, fmt.Errorf("read server %s: %w", version, err)
	}
	return server{line: lineOf(version), version: version, patch: patch, settings: settings}, nil
}

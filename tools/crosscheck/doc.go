// Package crosscheck compares the catalogue with the registry of real servers.
// Its tests are built once per server version: run.sh picks the go.mod file and
// the build tag that belong together.
package crosscheck

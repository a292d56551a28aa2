// Package server checks the artefacts with a real Temporal server: the version
// that the go.mod in use requires (see run.sh).
package server

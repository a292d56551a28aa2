// Package server holds the artefacts against a real Temporal server: the version
// that the go.mod in use requires (see run.sh).
package server

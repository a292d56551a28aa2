// Package cluster starts real Temporal servers from compiled artefacts, the way
// Compose or ECS would start them.
//
// A container becomes a process with a network namespace, a mount namespace and
// its own root folder. It sees the files, the environment, the command and the
// user that the artefact states, and nothing else of this machine except the
// system libraries. Only the persistence plugin is replaced: there is no Aurora
// DSQL here, so PostgreSQL serves the same protocol on the same address with TLS.
package cluster

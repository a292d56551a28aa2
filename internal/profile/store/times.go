package store

import "time"

// Times of the store. Those of a connection to the database are in index/connect.go, retries in index/transaction.go.
const (
	// OperationTimeout limits an operation of the service on the store, including its retries.
	OperationTimeout = 10 * time.Second
	// copyTimeout limits the time that a request waits for its copy, which a sweep writes otherwise.
	copyTimeout = 2 * time.Second
	// probeInterval is how long a successful check of the documents is valid. A write to S3 costs money.
	probeInterval = 15 * time.Second
	// SweepInterval is the time between two sweeps of serve.
	SweepInterval = time.Hour
	// SweepGrace is the age from which a sweep repairs a document. Creations take minutes: older documents belong to none
	// in progress.
	SweepGrace = time.Hour
	// FreedKeyAge is how long an idempotency key is remembered after its profile was deleted.
	FreedKeyAge = 24 * time.Hour
)

// Package store tests the store of behaviour profiles with real parts: PostgreSQL of this
// machine, and an S3 server. It is a separate module, so that the S3 server never reaches the product's.
package store

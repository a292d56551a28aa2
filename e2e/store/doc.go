// Package store holds the store of behaviour profiles to what it promises on
// the real parts: PostgreSQL of this machine, and an S3 server. It is a module
// of its own, so that the S3 server never reaches the product's.
package store

// Package product runs the compiler under test and reads what it writes. It
// knows the commands and the artefacts, as a user does, and imports none of the
// product's own packages.
package product

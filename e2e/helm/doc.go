// Package helm reads the generated values as the official Temporal chart names
// them. The chart itself is not rendered: no registry that the tests can use
// serves it.
package helm

// Package helm reads the generated values as the official Temporal chart names
// them. The chart itself is not rendered: it is served by no registry that the
// tests may use.
package helm

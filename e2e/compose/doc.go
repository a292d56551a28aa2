// Package compose loads the Compose override with Compose's own loader.
package compose

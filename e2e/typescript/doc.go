// Package typescript type-checks the generated TypeScript worker options against
// the types of the real @temporalio/worker.
package typescript

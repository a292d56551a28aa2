// Command calibrate measures what the features of a workflow cost: it runs a real
// Temporal server on PostgreSQL behind proxies that count and delay, over shapes of
// workflows, and fits the costs of each feature to the counts.
//
// The counts are stored in testdata, and the costs in schema/capacity_measured.cue.
package main

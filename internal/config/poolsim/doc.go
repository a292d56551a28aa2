// Package poolsim simulates the connections that Temporal servers with the DSQL
// plugin open, over hours, for 2 to 200 instances.
//
// It is a discrete-event simulation: time jumps from one event to the next, and
// the same scenario with the same seed gives the same report. It models what the
// plugin's code does (plugin repository, generation 1 of 27 January 2026 and
// generation 2 of 3 February 2026), not what its settings are called:
//
//   - a reservoir with one refiller, which opens connections one after the other
//   - lifetime, jitter and guard window of connections that wait
//   - a database/sql pool, which never closes a connection that it holds
//   - the three short-lived pools that a server opens before its own
//   - the local limiter, the per-second counter and the token bucket
//   - slot blocks, which a pool takes once
//   - the pool keeper of a server without a reservoir
//   - DSQL: its open rate, burst, connection limit and 60-minute cut
//
// Tests check the schema's formulas against it. docs/connections.md has the
// results.
package poolsim

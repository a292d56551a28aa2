//go:build e2e

package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"testing"
	"time"
)

// startTestDatabase starts PostgreSQL with a table, and a client behind a proxy.
func startTestDatabase(t *testing.T, schema string) (*Proxy, *sql.DB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	folder, err := makeFolder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	database, err := StartDatabase(ctx, folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(database.Stop)
	if _, err := database.db.ExecContext(ctx, schema); err != nil {
		t.Fatal(err)
	}
	proxy, err := StartProxy(database.Address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Stop)
	db, err := sql.Open("pgx", "postgres://temporal@"+proxy.Address()+"/postgres")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return proxy, db
}

// The proxy counts transactions, statements and rows as a client makes them.
func TestProxyCounts_R18(t *testing.T) {
	proxy, db := startTestDatabase(t, "CREATE TABLE items (id int, text text); CREATE TABLE timer_tasks (id int)")
	ctx := t.Context()
	exec := func(on interface {
		ExecContext(context.Context, string, ...any) (sql.Result, error)
	}, query string, args ...any) {
		t.Helper()
		if _, err := on.ExecContext(ctx, query, args...); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 { // one write of two rows, four statements
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		exec(tx, "INSERT INTO items VALUES ($1, $2)", i, "text")
		exec(tx, "INSERT INTO items VALUES ($1, $2)", i, "text")
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	exec(db, "UPDATE items SET text = $1 WHERE id = $2", "other", 0) // one write of two rows
	exec(db, "UPDATE items SET text = $1 WHERE id = $2", "other", 9) // changes nothing: a read
	var count int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM items WHERE id < $1", 5).Scan(&count); err != nil {
		t.Fatal(err)
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	exec(tx, "DELETE FROM items")
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	exec(db, "DELETE FROM timer_tasks WHERE id < $1", 5)

	traffic := proxy.Read()
	load, upkeep := traffic[trafficKey{database: "postgres"}], traffic[trafficKey{database: "postgres", isUpkeep: true}]
	got := fmt.Sprintf("reads %v writes %v rollbacks %v statements %v commits %v rows %v", load.Reads, load.Writes, load.Rollbacks,
		load.Statements, load.Commits, load.RowsWritten)
	if want := "reads 2 writes 4 rollbacks 1 statements 18 commits 3 rows 8"; got != want {
		t.Errorf("load: %s\nwant  %s", got, want)
	}
	if upkeep.Reads != 1 || upkeep.Statements != 1 {
		t.Errorf("upkeep: %+v, want one read of one statement", upkeep)
	}
	if load.BilledWritten != 4*1024 || load.BytesWritten == 0 || load.BytesRead == 0 {
		t.Errorf("bytes: %+v", load)
	}
	if load.HeldSeconds <= 0 || load.HeldSeconds < load.StatementSeconds {
		t.Errorf("connections held for %v s, of which %v s for statements", load.HeldSeconds, load.StatementSeconds)
	}
}

// Latency is added to each round trip, and to the commit of rows alone.
func TestProxyAddsLatency_R18(t *testing.T) {
	proxy, db := startTestDatabase(t, "CREATE TABLE items (id int)")
	proxy.SetLatency(Latency{RoundTrip: 2 * time.Millisecond, Commit: 50 * time.Millisecond})
	for range 2 {
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.ExecContext(t.Context(), "INSERT INTO items VALUES (1)"); err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	traffic := proxy.Read()
	// the least is certain on a machine of any speed
	if held := traffic[trafficKey{database: "postgres"}].HeldSeconds; held < 2*(3*0.002+0.05) {
		t.Errorf("held for %v s, which is less than the latency of six round trips and two commits", held)
	}
}

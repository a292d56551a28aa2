package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store/storetest"
)

// dsqlRules refuse what Aurora DSQL refuses, as recorded on a real cluster in September 2026, on PostgreSQL. Commits
// conflict and lose their answers now and then.
type dsqlRules struct {
	cluster *dsqlCluster
	// versions of the schema: of the database, and the one that the connection knows
	current *atomic.Int64
	known   atomic.Int64

	inTransaction bool
	ddl, dml      int
	rows          atomic.Int64
	// completed sees the answers of these after the statement
	isCreating atomic.Bool
}

// dsqlCluster is what connections share.
type dsqlCluster struct {
	schemas sync.Map // versions by database
	commits atomic.Int64
	// every how many commits one conflicts, is committed without an answer, or is lost without an answer; 0 means never
	conflictEvery, unknownEvery, lostEvery int64
	conflicts, unknown, lost               atomic.Int64
	schemaConflicts, tokens                atomic.Int64
}

// rowsOfTransaction is DSQL's limit of rows that a transaction writes.
const rowsOfTransaction = 3000

func (r *dsqlRules) asksForToken() bool { return true }

// start takes the login of a connection: a presigned request.
func (r *dsqlRules) start(parameters map[string]string, token string) *pgproto3.ErrorResponse {
	login, err := url.Parse("https://" + token)
	if err != nil || login.Query().Get("Action") != "DbConnectAdmin" || login.Query().Get("X-Amz-Signature") == "" {
		return newWireError("28000", "unable to accept connection, access denied")
	}
	r.cluster.tokens.Add(1)
	for name := range parameters {
		if strings.Contains(name, "isolation") || name == "options" {
			return newWireError("0A000", "setting configuration parameter \""+name+"\" not supported")
		}
	}
	// what DSQL has without being asked
	parameters["default_transaction_isolation"] = "repeatable read"
	current, _ := r.cluster.schemas.LoadOrStore(parameters["database"], &atomic.Int64{})
	r.current = current.(*atomic.Int64)
	r.known.Store(r.current.Load())
	return nil
}

var (
	isolationStatement = regexp.MustCompile(
		`(?i)^\s*SET\s+(SESSION\s+|LOCAL\s+)?(TRANSACTION|default_transaction_isolation|SESSION\s+CHARACTERISTICS)\b`,
	)
	beginStatement       = regexp.MustCompile(`(?i)^\s*(BEGIN|START\s+TRANSACTION)\b`)
	otherIsolation       = regexp.MustCompile(`(?i)ISOLATION\s+LEVEL\s+(SERIALIZABLE|READ)`)
	endStatement         = regexp.MustCompile(`(?i)^\s*(COMMIT|END|ROLLBACK|ABORT)\b`)
	ddlStatement         = regexp.MustCompile(`(?i)^\s*(CREATE|ALTER|DROP|GRANT|REVOKE|COMMENT)\b`)
	dmlStatement         = regexp.MustCompile(`(?i)^\s*(INSERT|UPDATE|DELETE|SELECT|WITH|MERGE)\b`)
	unsupportedStatement = regexp.MustCompile(`(?i)^\s*(SAVEPOINT|RELEASE|TRUNCATE|VACUUM|LOCK|LISTEN|NOTIFY|COPY|DO\b|CREATE\s+` +
		`(TEMP|TEMPORARY|UNLOGGED|TRIGGER|EXTENSION|MATERIALIZED|RULE))|\b(serial|bigserial)\b|\bCOLLATE\b`)
	indexStatement = regexp.MustCompile(`(?i)^\s*CREATE\s+(UNIQUE\s+)?INDEX\b`)
	asyncIndex     = regexp.MustCompile(`(?i)\bINDEX\s+ASYNC\b`)
)

// decide refuses what DSQL refuses.
func (r *dsqlRules) decide(statement string) decision {
	refuse := func(code, message string) decision { return decision{refusal: newWireError(code, message)} }
	switch {
	case isCommit(statement):
		return r.decideCommit()
	case endStatement.MatchString(statement):
		r.endTransaction()
		return decision{}
	case isolationStatement.MatchString(statement), otherIsolation.MatchString(statement):
		return refuse("0A000", "SET TRANSACTION is not supported")
	case unsupportedStatement.MatchString(statement):
		return refuse("0A000", "unsupported statement: "+statement)
	case strings.Contains(strings.TrimRight(statement, " ;\n"), ";"):
		return refuse("0A000", "multiple statements are not supported")
	case beginStatement.MatchString(statement):
		r.endTransaction()
		r.inTransaction = true
		return decision{}
	}
	isStatement := ddlStatement.MatchString(statement) || dmlStatement.MatchString(statement)
	if current := r.current.Load(); isStatement && r.known.Swap(current) != current {
		r.cluster.schemaConflicts.Add(1)
		return refuse("40001", "schema has been updated by another transaction, please retry: (OC001)")
	}
	if !r.inTransaction {
		r.endTransaction()
	}
	switch {
	case ddlStatement.MatchString(statement):
		if r.ddl++; r.ddl > 1 {
			return refuse("0A000", "multiple ddl statements are not supported in a transaction")
		}
		if r.dml > 0 {
			return refuse("0A000", "ddl and dml are not supported in the same transaction")
		}
		if indexStatement.MatchString(statement) && !asyncIndex.MatchString(statement) {
			return refuse("0A000", "unsupported mode: use CREATE INDEX ASYNC")
		}
		r.isCreating.Store(true)
		return decision{rewritten: asyncIndex.ReplaceAllString(statement, "INDEX")}
	case dmlStatement.MatchString(statement):
		if r.dml++; r.ddl > 0 {
			return refuse("0A000", "ddl and dml are not supported in the same transaction")
		}
		if r.rows.Load() > rowsOfTransaction {
			return refuse("54000", "transaction row limit exceeded")
		}
	}
	return decision{}
}

// decideCommit lets some commits conflict, and some lose their answer.
func (r *dsqlRules) decideCommit() decision {
	isWriting, tooMany := r.rows.Load() > 0, r.rows.Load() > rowsOfTransaction
	r.endTransaction()
	if tooMany {
		return decision{refusal: newWireError("54000", "transaction row limit exceeded")}
	}
	if !isWriting {
		return decision{}
	}
	n, c := r.cluster.commits.Add(1), r.cluster
	isNext := func(every int64) bool { return every > 0 && n%every == 0 }
	switch {
	case isNext(c.conflictEvery):
		c.conflicts.Add(1)
		return decision{refusal: newWireError("40001", "change conflicts with another transaction, please retry: (OC000)")}
	case isNext(c.unknownEvery):
		c.unknown.Add(1)
		return decision{lie: newWireError("XX000", "server unavailable")}
	case isNext(c.lostEvery):
		c.lost.Add(1)
		return decision{refusal: newWireError("XX000", "server unavailable")}
	}
	return decision{}
}

func (r *dsqlRules) endTransaction() {
	r.inTransaction, r.ddl, r.dml = false, 0, 0
	r.rows.Store(0)
}

// completed counts written rows, and publishes a changed schema.
func (r *dsqlRules) completed(tag string) {
	r.rows.Add(int64(writtenRows(tag)))
	if strings.HasPrefix(tag, "CREATE") && r.isCreating.Swap(false) {
		r.known.Store(r.current.Add(1)) // the own connection knows it
	}
}

// startDSQL starts a PostgreSQL that behaves as DSQL, and returns the address of a new database in it.
func startDSQL(t *testing.T, c *dsqlCluster) (newDatabase func(t testing.TB) string, p *postgres) {
	t.Helper()
	database := startPostgres(t)
	database.exec(t, "postgres", "CREATE ROLE admin LOGIN SUPERUSER")
	certificate, authority := newCertificate(t)
	proxy := startWireProxy(t, database.socket, certificate, func() wireRules { return &dsqlRules{cluster: c} })
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": accessKey, "AWS_SECRET_ACCESS_KEY": secretKey, "AWS_CONFIG_FILE": "/dev/null",
		"AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "PGSSLROOTCERT": authority,
	} {
		t.Setenv(name, value)
	}
	return func(t testing.TB) string {
		made, err := url.Parse(database.database(t))
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("dsql://%s%s?region=%s", proxy.Addr(), made.Path, region)
	}, database
}

// The store passes its tests on a database with DSQL's rules: it makes its tables there itself, and repeats what
// conflicts.
func TestDSQLRules(t *testing.T) {
	c := &dsqlCluster{conflictEvery: 5}
	newDatabase, _ := startDSQL(t, c)
	t.Run("store", func(t *testing.T) {
		storetest.Run(t, func(t *testing.T) store.Options {
			return store.Options{DataDir: t.TempDir(), Database: newDatabase(t)}
		})
	})
	for what, n := range map[string]int64{
		"conflicts at commit": c.conflicts.Load(), "conflicts of the schema": c.schemaConflicts.Load(), "logins": c.tokens.Load(),
	} {
		if t.Logf("%d %s", n, what); n == 0 {
			t.Errorf("there were no %s", what)
		}
	}
}

// A commit without an answer is repeated, and takes effect once, whether it was done or not.
func TestDSQLUnknownOutcomes(t *testing.T) {
	for name, c := range map[string]*dsqlCluster{
		"done": {unknownEvery: 2}, "lost": {lostEvery: 2}, "both": {unknownEvery: 2, lostEvery: 3},
	} {
		t.Run(name, func(t *testing.T) {
			newDatabase, _ := startDSQL(t, c)
			s, err := store.Open(t.Context(), store.Options{DataDir: t.TempDir(), Database: newDatabase(t)})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			for n := range 6 {
				testUnknownOutcomes(t, s, fmt.Sprintf("cluster-%d", n))
			}
			if c.unknown.Load()+c.lost.Load() < 20 {
				t.Errorf("%d commits were done without an answer, %d were lost", c.unknown.Load(), c.lost.Load())
			}
		})
	}
}

func testUnknownOutcomes(t *testing.T, s *store.Store, cluster string) {
	t.Helper()
	ctx, start := t.Context(), time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	newProfile := func(name string) (p behaviour.Profile) {
		p.Name, p.ClusterID, p.WindowStart, p.WindowEnd = name, cluster, start, start.Add(time.Hour)
		return p
	}
	var ids []string
	for _, name := range []string{"first", "second", "third"} {
		key := &store.IdempotencyKey{Key: cluster + name, Digest: "d"}
		m, err := s.Create(ctx, newProfile(name), key)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := s.Create(ctx, newProfile(name), key); err != nil || again.ID != m.ID {
			t.Errorf("create again: %+v, %v", again, err)
		}
		ids = append(ids, m.ID)
	}
	imported := newProfile("imported")
	imported.ID, imported.CreatedAt = uuid.NewString(), start
	for range 2 {
		if m, err := s.Create(ctx, imported, nil); err != nil || m.ID != imported.ID {
			t.Errorf("import: %+v, %v", m, err)
		}
	}
	previous := ""
	for _, id := range append(ids, ids[0]) {
		b, err := s.SetBaseline(ctx, id, store.CurrentIs(previous))
		if err != nil || b.Previous != previous || b.ProfileID != id {
			t.Errorf("set a baseline that replaces %q: %+v, %v", previous, b, err)
		}
		previous = id
	}
	var moved *store.BaselineError
	if _, err := s.SetBaseline(ctx, ids[1], store.CurrentIs("")); !errors.As(err, &moved) || moved.Current != previous {
		t.Errorf("set a baseline where there is none: %v", err)
	}
	if err := s.Delete(ctx, ids[0]); !errors.Is(err, store.ErrIsBaseline) {
		t.Errorf("delete the baseline: %v", err)
	}
	if err := s.Delete(ctx, ids[1]); err != nil {
		t.Errorf("delete: %v", err)
	}
	if err := s.Delete(ctx, ids[1]); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("delete again: %v", err)
	}
	a := behaviour.Assessment{
		ClusterID: cluster, WindowStart: start, WindowEnd: start.Add(time.Hour), Health: "healthy", ProfileID: ids[0],
	}
	for _, want := range []bool{true, false} {
		if _, first, err := s.CreateAssessment(ctx, a, []byte("{}")); err != nil || first != want {
			t.Errorf("assess: first is %v, %v", first, err)
		}
	}
	page, err := s.List(ctx, store.Filter{Cluster: &cluster}, 0, "")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]int{}
	for _, m := range page.Profiles {
		names[m.Name]++
	}
	if d := cmp.Diff(map[string]int{"first": 1, "third": 1, "imported": 1}, names); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

// The rules refuse what DSQL refuses, so that TestDSQLRules can fail.
func TestDSQLRulesRefuse(t *testing.T) {
	newDatabase, _ := startDSQL(t, &dsqlCluster{})
	address, err := url.Parse(newDatabase(t))
	if err != nil {
		t.Fatal(err)
	}
	token := "host/?Action=DbConnectAdmin&X-Amz-Signature=a"
	ctx := context.Background()
	connect := func(parameters map[string]string) (*pgx.Conn, error) {
		cfg, err := pgx.ParseConfig("postgres://admin@" + address.Host + address.Path + "?sslmode=verify-full")
		if err != nil {
			t.Fatal(err)
		}
		cfg.Password, cfg.DefaultQueryExecMode = token, pgx.QueryExecModeDescribeExec
		for name, value := range parameters {
			cfg.RuntimeParams[name] = value
		}
		return pgx.ConnectConfig(ctx, cfg)
	}
	if _, err := connect(map[string]string{"default_transaction_isolation": "repeatable read"}); codeOf(err) != "0A000" {
		t.Errorf("an isolation at the start: %v", err)
	}
	token = "a password"
	if _, err := connect(nil); codeOf(err) != "28000" {
		t.Errorf("a password: %v", err)
	}
	token = "host/?Action=DbConnectAdmin&X-Amz-Signature=a"
	c, err := connect(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	for _, step := range []struct {
		statement, code string
		arguments       []any
	}{
		{"CREATE TABLE a (id text PRIMARY KEY)", "", nil},
		{"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "0A000", nil},
		{"SET default_transaction_isolation = 'repeatable read'", "0A000", nil},
		{"BEGIN ISOLATION LEVEL SERIALIZABLE", "0A000", nil},
		{"CREATE INDEX a_by_id ON a (id)", "0A000", nil},
		{"CREATE INDEX ASYNC a_by_id ON a (id)", "", nil},
		{"CREATE TABLE b (id text COLLATE \"C\")", "0A000", nil},
		{"CREATE TEMP TABLE b (id text)", "0A000", nil},
		{"TRUNCATE a", "0A000", nil},
		{"BEGIN ISOLATION LEVEL REPEATABLE READ", "", nil},
		{"SAVEPOINT one", "0A000", nil},
		{"ROLLBACK", "", nil},
		{"BEGIN", "", nil},
		{"CREATE TABLE c (id text)", "", nil},
		{"CREATE TABLE d (id text)", "0A000", nil},
		{"ROLLBACK", "", nil},
		{"BEGIN", "", nil},
		{"INSERT INTO a (id) VALUES ($1)", "", []any{"one"}},
		{"CREATE TABLE c (id text)", "0A000", nil},
		{"ROLLBACK", "", nil},
		{"INSERT INTO a SELECT g::text FROM generate_series(1, $1::int) g", "", []any{3000}},
		{"BEGIN", "", nil},
		{"DELETE FROM a", "", nil},
		{"INSERT INTO a (id) VALUES ($1)", "", []any{"one"}},
		{"SELECT id FROM a WHERE id = $1", "54000", []any{"one"}},
		{"ROLLBACK", "", nil},
		{"BEGIN", "", nil},
		{"DELETE FROM a", "", nil},
		{"INSERT INTO a (id) VALUES ($1)", "", []any{"one"}},
		{"COMMIT", "54000", nil},
		{"INSERT INTO a (id) VALUES ($1)", "", []any{"one"}},
	} {
		if _, err := c.Exec(ctx, step.statement, step.arguments...); codeOf(err) != step.code {
			t.Errorf("%s: %v", step.statement, err)
		}
	}
	// another connection does not know the new table yet
	other, err := connect(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close(ctx) }()
	if _, err := c.Exec(ctx, "CREATE TABLE e (id text)"); err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{"40001", ""} {
		if _, err := other.Exec(ctx, "SELECT id FROM a WHERE id = $1", "one"); codeOf(err) != code {
			t.Errorf("after a change of the schema: %v", err)
		}
	}
}

// codeOf returns the SQLSTATE of an error; "" means none.
func codeOf(err error) string {
	if err == nil {
		return ""
	}
	if e := (*pgconn.PgError)(nil); errors.As(err, &e) {
		return e.Code
	}
	return err.Error()
}

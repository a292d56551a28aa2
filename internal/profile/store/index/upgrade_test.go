package index_test

import (
	"database/sql"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store/index"
)

// updateFixture writes the fixture of a version of the tables:
//
//	go test ./internal/profile/store/index -run TestUpgrade -update-fixture 13
//
// Write one for each release that adds migrations, with the program of that release, and never change it afterwards.
var updateFixture = flag.Int("update-fixture", 0, "write testdata/version-N with the first N migrations")

// assessmentsVersion is the first version with assessments.
const assessmentsVersion = 10

// A store that an earlier release has written is opened, migrated, read and written.
func TestUpgrade(t *testing.T) {
	if *updateFixture > 0 {
		writeFixture(t, *updateFixture)
	}
	newest := filepath.Join("testdata", fmt.Sprintf("version-%02d", len(*index.Migrations)))
	fixtures, err := filepath.Glob(filepath.Join("testdata", "version-*"))
	if err != nil || !slices.Contains(fixtures, newest) {
		t.Fatalf("no fixture %s among %v, %v: write it with -update-fixture", newest, fixtures, err)
	}
	for _, fixture := range fixtures {
		t.Run(filepath.Base(fixture), func(t *testing.T) { testUpgrade(t, fixture) })
	}
}

func testUpgrade(t *testing.T, fixture string) {
	ctx, dir := t.Context(), restoreFixture(t, fixture)
	s, err := store.Open(ctx, store.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if version := readVersion(t, dir); version != len(*index.Migrations) {
		t.Errorf("the tables have version %d, not %d", version, len(*index.Migrations))
	}
	page, err := s.List(ctx, store.Filter{}, 0, "")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range page.Profiles {
		p, err := s.Get(ctx, m.ID)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, p.Name)
		if m.IsBaseline != (m.Name == "baseline") {
			t.Errorf("%s: baseline is %v", m.Name, m.IsBaseline)
		}
		if m.Name != "by key" {
			continue
		}
		// the key of the request is known
		if first, err := s.Create(
			ctx,
			fixtureProfile("by key"),
			&store.IdempotencyKey{Key: "key", Digest: "digest"},
		); err != nil ||
			first.ID != m.ID {
			t.Errorf("the request again: %+v, %v", first, err)
		}
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"baseline", "by key"}) {
		t.Errorf("there are %v", names)
	}
	// older releases wrote no copies
	found, err := s.Sweep(ctx, -time.Hour, store.Finish)
	if err != nil || slices.ContainsFunc(found, func(p store.Problem) bool { return p.Kind != store.NoCopy || !p.Repaired }) {
		t.Errorf("a sweep: %+v, %v", found, err)
	}
	if found, err := s.Sweep(ctx, -time.Hour, store.Report); err != nil || len(found) > 0 {
		t.Errorf("a sweep: %+v, %v", found, err)
	}
	// and it can be written
	m, err := s.Create(ctx, fixtureProfile("new"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := s.SetBaseline(ctx, m.ID, nil); err != nil || b.Previous == "" {
		t.Errorf("set a baseline: %+v, %v", b, err)
	}
	_, isFirst, err := s.CreateAssessment(ctx, fixtureAssessment(m.ID), []byte(`{}`))
	if isOld := filepath.Base(fixture) < fmt.Sprintf("version-%02d", assessmentsVersion); err != nil || isFirst != isOld {
		t.Errorf("the assessment of the fixture is new: %v, %v", isFirst, err)
	}
}

// A store of a newer release is refused, with what to do, and not changed.
func TestNewerStoreIsRefused(t *testing.T) {
	dir := restoreFixture(t, filepath.Join("testdata", fmt.Sprintf("version-%02d", len(*index.Migrations))))
	runSQL(t, dir, fmt.Sprintf("INSERT INTO schema_versions (version) VALUES (%d)", len(*index.Migrations)+1))
	_, err := store.Open(t.Context(), store.Options{DataDir: dir})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("the database has version %d", len(*index.Migrations)+1)) ||
		!strings.Contains(err.Error(), "use a newer program") {
		t.Errorf("a newer store: %v", err)
	}
}

var fixtureStart = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

func fixtureProfile(name string) (p behaviour.Profile) {
	p.Name, p.ClusterID, p.WindowStart, p.WindowEnd = name, "eu", fixtureStart, fixtureStart.Add(time.Hour)
	return p
}

func fixtureAssessment(profile string) behaviour.Assessment {
	return behaviour.Assessment{
		ClusterID: "eu", WindowStart: fixtureStart, WindowEnd: fixtureStart.Add(time.Hour), Health: "healthy", ProfileID: profile,
	}
}

// openIndex opens the database in a folder.
func openIndex(t *testing.T, dir string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "index.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// runSQL runs a statement on the index in a folder.
func runSQL(t *testing.T, dir, statement string) {
	t.Helper()
	db := openIndex(t, dir)
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// readVersion returns the version of the tables in a folder.
func readVersion(t *testing.T, dir string) (version int) {
	t.Helper()
	db := openIndex(t, dir)
	defer func() { _ = db.Close() }()
	if err := db.QueryRowContext(t.Context(), `SELECT MAX(version) FROM schema_versions`).Scan(&version); err != nil {
		t.Fatal(err)
	}
	return version
}

// restoreFixture returns a data folder with the documents and the index of a fixture.
func restoreFixture(t *testing.T, fixture string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "documents"), os.DirFS(filepath.Join(fixture, "documents"))); err != nil {
		t.Fatal(err)
	}
	statements, err := os.ReadFile(filepath.Join(fixture, "index.sql"))
	if err != nil {
		t.Fatal(err)
	}
	runSQL(t, dir, string(statements))
	return dir
}

// writeFixture writes a store with the first n migrations.
func writeFixture(t *testing.T, n int) {
	all := *index.Migrations
	*index.Migrations = all[:n]
	defer func() { *index.Migrations = all }()
	ctx, dir := t.Context(), t.TempDir()
	s, err := store.Open(ctx, store.Options{DataDir: dir, Now: func() time.Time { return fixtureStart.Add(2 * time.Hour) }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	ids := map[string]string{}
	for name, key := range map[string]*store.IdempotencyKey{"baseline": nil, "by key": {Key: "key", Digest: "digest"}, "deleted": nil} {
		m, err := s.Create(ctx, fixtureProfile(name), key)
		if err != nil {
			t.Fatal(err)
		}
		ids[name] = m.ID
	}
	if _, err := s.SetBaseline(ctx, ids["baseline"], nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(ctx, ids["deleted"]); err != nil {
		t.Fatal(err)
	}
	if n >= assessmentsVersion {
		if _, _, err := s.CreateAssessment(ctx, fixtureAssessment(ids["baseline"]), []byte(`{}`)); err != nil {
			t.Fatal(err)
		}
	}
	fixture := filepath.Join("testdata", fmt.Sprintf("version-%02d", n))
	if err := os.RemoveAll(fixture); err != nil {
		t.Fatal(err)
	}
	documents := filepath.Join(fixture, "documents", "profiles")
	if err := os.MkdirAll(documents, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(documents, os.DirFS(filepath.Join(dir, "documents", "profiles"))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(fixture, "index.sql"), []byte(dumpIndex(t, dir)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// dumpIndex returns the statements that make the tables and their rows.
func dumpIndex(t *testing.T, dir string) string {
	t.Helper()
	var text strings.Builder
	names := map[string]string{}
	queryTexts(t, dir, `SELECT type || ' ' || name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC, name`,
		func(name, statement string) {
			if table, ok := strings.CutPrefix(name, "table "); ok {
				names[table] = ""
			}
			text.WriteString(statement + ";\n")
		})
	for table := range names {
		queryTexts(t, dir, `SELECT '`+table+`', group_concat(name, ', ') FROM pragma_table_info('`+table+`')`, func(table, columns string) {
			names[table] = columns
		})
	}
	for _, table := range []string{"schema_versions", "profiles", "baselines", "requests", "assessments"} {
		if names[table] == "" {
			continue
		}
		var quoted []string
		for column := range strings.SplitSeq(names[table], ", ") {
			quoted = append(quoted, "quote("+column+")")
		}
		queryTexts(t, dir, `SELECT '', `+strings.Join(quoted, " || ', ' || ")+` FROM `+table, func(_, row string) {
			fmt.Fprintf(&text, "INSERT INTO %s (%s) VALUES (%s);\n", table, names[table], row)
		})
	}
	return text.String()
}

func queryTexts(t *testing.T, dir, query string, each func(a, b string)) {
	t.Helper()
	db := openIndex(t, dir)
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var a, b string
		if err := rows.Scan(&a, &b); err != nil {
			t.Fatal(err)
		}
		each(a, b)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

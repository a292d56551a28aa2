package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// A Filter is what the profiles of a listing have in common; what is nil or
// zero asks for nothing. Profiles of a whole cluster have the namespace "".
type Filter struct {
	Cluster   *string
	Namespace *string
	TaskQueue *string
	Label     *string
	// the window has a part in common with [From, To)
	From, To time.Time
	Baseline *bool
}

// A Page is a part of a listing: the profiles whose windows started last come
// first, and of these the one that was created last.
type Page struct {
	Profiles []behaviour.Metadata
	// Next asks for the page after this one; "" if this is the last.
	Next string
}

// Limits of a page.
const (
	DefaultLimit = 50
	MaxLimit     = 500
)

// List gives the profiles of a filter, at most limit of them (0 is
// DefaultLimit), after the page that gave the cursor. A profile that is there
// all the while is listed once, whatever is created or deleted meanwhile.
func (s *Store) List(ctx context.Context, f Filter, limit int, cursor string) (*Page, error) {
	limit, err := pageOf("profiles", limit)
	if err != nil {
		return nil, err
	}
	digest := f.digest()
	after, err := readCursor(cursor, digest)
	if err != nil {
		return nil, err
	}
	statement, arguments := listing(f, after)
	page := &Page{}
	page.Profiles, page.Next, err = onePage(ctx, s.index, limit, statement, arguments, func(row row) (behaviour.Metadata, position, error) {
		m, err := scan(row)
		return m, position{m.WindowStart.UnixNano(), m.ID, digest}, err
	})
	return page, err
}

// onePage reads what a statement selects, as far as the limit; next is the cursor of
// the page after it, "" where there is none.
func onePage[T any](ctx context.Context, i *index, limit int, statement string, arguments []any, read func(row) (T, position, error)) (all []T, next string, err error) {
	rows, err := i.db.QueryContext(ctx, fmt.Sprintf("%s LIMIT %d", statement, limit+1), arguments...)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = rows.Close() }()
	all = make([]T, 0, limit)
	var last position
	for rows.Next() {
		one, at, err := read(rows)
		if err != nil {
			return nil, "", err
		}
		if len(all) == limit {
			return all, last.cursor(), rows.Err()
		}
		all, last = append(all, one), at
	}
	return all, "", rows.Err()
}

// pageOf gives how many there are on a page.
func pageOf(what string, limit int) (int, error) {
	if limit == 0 {
		limit = DefaultLimit
	}
	if limit < 0 || limit > MaxLimit {
		return 0, &RequestError{fmt.Sprintf("a page of %d %s cannot be had", limit, what), fmt.Sprintf("ask for 1 to %d", MaxLimit)}
	}
	return limit, nil
}

// conditions of a statement, each with its arguments in place of its question
// marks.
type conditions struct {
	texts     []string
	arguments []any
}

func (c *conditions) where(condition string, values ...any) {
	for _, v := range values {
		c.arguments = append(c.arguments, v)
		condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(c.arguments)), 1)
	}
	c.texts = append(c.texts, condition)
}

func (c *conditions) all() string {
	if len(c.texts) == 0 {
		return "1 = 1"
	}
	return strings.Join(c.texts, " AND ")
}

// columns are the metadata, in the order in which they are written and read.
const columns = `id, name, label, cluster_id, namespace, task_queue, window_start, window_end,
	server_version, plugin_version, worker_sha, preset_name, created_at`

// whether a row is its cluster and namespace's baseline, by that one's key
const isBaseline = `EXISTS (SELECT 1 FROM baselines b WHERE b.cluster_id = p.cluster_id AND b.namespace = p.namespace AND b.profile_id = p.id)`

const selection = `SELECT p.id, p.name, p.label, p.cluster_id, p.namespace, p.task_queue, p.window_start, p.window_end,
	p.server_version, p.plugin_version, p.worker_sha, p.preset_name, p.created_at, ` + isBaseline

// listing writes the query of a page, and of all that come after it.
func listing(f Filter, after *position) (string, []any) {
	w := conditions{texts: []string{"p.deleted = 0"}}
	for _, c := range []struct {
		column string
		value  *string
	}{{"cluster_id", f.Cluster}, {"namespace", f.Namespace}, {"task_queue", f.TaskQueue}, {"label", f.Label}} {
		if c.value != nil {
			w.where("p."+c.column+" = ?", *c.value)
		}
	}
	if !f.From.IsZero() {
		// the first says what is meant; the second, where the index may start
		w.where("p.window_end > ?", f.From.UnixNano())
		w.where("p.window_start > ?", f.From.Add(-behaviour.MaxWindow).UnixNano())
	}
	if !f.To.IsZero() {
		w.where("p.window_start < ?", f.To.UnixNano())
	}
	if after != nil {
		w.where("(p.window_start, p.id) < (?, ?)", after.at, after.id)
	}
	from := "profiles p"
	switch {
	case f.Baseline == nil:
	case *f.Baseline:
		// baselines are few: start from them, which CROSS JOIN makes SQLite do
		from = "baselines c CROSS JOIN profiles p"
		w.where("p.id = c.profile_id")
	default:
		w.where("NOT " + isBaseline)
	}
	return fmt.Sprintf("%s FROM %s WHERE %s ORDER BY p.window_start DESC, p.id DESC", selection, from, w.all()), w.arguments
}

// A queryer is a database or a transaction.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// find gives one row.
func find(ctx context.Context, q queryer, id string) (behaviour.Metadata, error) {
	if !validID(id) {
		return behaviour.Metadata{}, ErrNotFound
	}
	m, err := scan(q.QueryRowContext(ctx, selection+` FROM profiles p WHERE p.id = $1 AND p.deleted = 0`, id))
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return m, err
}

// A row is one, or the next of several.
type row interface{ Scan(...any) error }

func scan(row row) (m behaviour.Metadata, err error) {
	var start, end, created int64
	err = row.Scan(&m.ID, &m.Name, &m.Label, &m.ClusterID, &m.Namespace, &m.TaskQueue, &start, &end,
		&m.TemporalServerVersion, &m.DSQLPluginVersion, &m.WorkerCodeSHA, &m.PresetName, &created, &m.IsBaseline)
	if err != nil {
		return behaviour.Metadata{}, err
	}
	m.WindowStart, m.WindowEnd, m.CreatedAt = time.Unix(0, start).UTC(), time.Unix(0, end).UTC(), time.Unix(0, created).UTC()
	return m, nil
}

// A position is the last one of a page, and what the listing was of.
type position struct {
	at     int64 // what the listing goes by
	id     string
	digest string
}

func (p position) cursor() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s %s", p.at, p.id, p.digest))
}

// readCursor gives the position of a cursor; nil is the start.
func readCursor(cursor, digest string) (*position, error) {
	if cursor == "" {
		return nil, nil
	}
	p := &position{}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		_, err = fmt.Sscanf(string(text), "%d %s %s", &p.at, &p.id, &p.digest)
	}
	switch {
	case err != nil || p.cursor() != cursor || !validID(p.id):
		return nil, &RequestError{"the cursor is not one that a page gave", "pass the cursor of a page on as it is, or start without one"}
	case p.digest != digest:
		return nil, &RequestError{"the cursor is of a listing with other filters", "keep the filters from page to page, or start without a cursor"}
	}
	return p, nil
}

func (f Filter) digest() string {
	f.From, f.To = f.From.UTC(), f.To.UTC()
	return digest(f, f.From, f.To)
}

// digest tells filters apart.
func digest(filter any, from, to time.Time) string {
	data, err := json.Marshal(filter)
	if err != nil { // a year beyond 9999
		data = fmt.Append(nil, from, to)
	}
	sum := sha256.Sum256(data)
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

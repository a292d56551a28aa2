package index

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// Filter selects profiles; nil and zero fields match all. Profiles of a whole cluster have the namespace "".
type Filter struct {
	Cluster   *string
	Namespace *string
	TaskQueue *string
	Label     *string
	// windows that overlap [From, To)
	From, To time.Time
	Baseline *bool
}

// Page is one page of a listing, latest window first, then latest created.
type Page struct {
	Profiles []behaviour.Metadata
	// Next is the cursor of the next page; "" on the last page.
	Next string
}

// Page sizes.
const (
	DefaultLimit = 50
	MaxLimit     = 500
)

// List lists profiles, at most limit (0 means DefaultLimit), from the cursor on. A profile that exists throughout is
// listed once, whatever else is created or deleted.
func (x *Index) List(ctx context.Context, f Filter, limit int, cursor string) (*Page, error) {
	limit, err := pageSize("profiles", limit)
	if err != nil {
		return nil, err
	}
	digest := f.filterDigest()
	after, err := readCursor(cursor, digest)
	if err != nil {
		return nil, err
	}
	statement, arguments := pageQuery(f, after)
	page := &Page{}
	page.Profiles, page.Next, err = readPage(
		ctx,
		x,
		limit,
		statement,
		arguments,
		func(row row) (behaviour.Metadata, position, error) {
			m, err := scanProfile(row)
			return m, position{m.WindowStart.UnixNano(), m.ID, digest}, err
		},
	)
	return page, err
}

// readPage reads up to limit rows and returns the cursor of the next page, or "".
func readPage[T any](
	ctx context.Context,
	i *Index,
	limit int,
	statement string,
	arguments []any,
	read func(row) (T, position, error),
) (all []T, next string, err error) {
	all, err = runRead(ctx, i, func(db *sql.DB) ([]T, error) {
		rows, err := db.QueryContext(ctx, fmt.Sprintf("%s LIMIT %d", statement, limit+1), arguments...)
		if err != nil {
			return nil, err
		}
		defer func() { _ = rows.Close() }()
		next = ""
		all := make([]T, 0, limit)
		var last position
		for rows.Next() {
			one, at, err := read(rows)
			if err != nil {
				return nil, err
			}
			if len(all) == limit {
				next = last.encodeCursor()
				break
			}
			all, last = append(all, one), at
		}
		return all, rows.Err()
	})
	return all, next, err
}

// pageSize returns the page size for a limit.
func pageSize(what string, limit int) (int, error) {
	if limit == 0 {
		limit = DefaultLimit
	}
	if limit < 0 || limit > MaxLimit {
		return 0, &RequestError{fmt.Sprintf("a page of %d %s is not valid", limit, what), fmt.Sprintf("use a limit from 1 to %d", MaxLimit)}
	}
	return limit, nil
}

// conditions collects SQL conditions and their arguments.
type conditions struct {
	texts     []string
	arguments []any
}

func (c *conditions) addCondition(condition string, values ...any) {
	for _, v := range values {
		c.arguments = append(c.arguments, v)
		condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(c.arguments)), 1)
	}
	c.texts = append(c.texts, condition)
}

func (c *conditions) joinConditions() string {
	if len(c.texts) == 0 {
		return "1 = 1"
	}
	return strings.Join(c.texts, " AND ")
}

// pageQuery returns the query of a page and all later ones.
func pageQuery(f Filter, after *position) (string, []any) {
	w := conditions{texts: []string{"p.deleted = 0"}}
	for _, c := range []struct {
		column string
		value  *string
	}{{"cluster_id", f.Cluster}, {"namespace", f.Namespace}, {"task_queue", f.TaskQueue}, {"label", f.Label}} {
		if c.value != nil {
			w.addCondition("p."+c.column+" = ?", *c.value)
		}
	}
	if !f.From.IsZero() {
		// the first condition decides; the second gives the index a start
		w.addCondition("p.window_end > ?", f.From.UnixNano())
		w.addCondition("p.window_start > ?", f.From.Add(-behaviour.MaxWindow).UnixNano())
	}
	if !f.To.IsZero() {
		w.addCondition("p.window_start < ?", f.To.UnixNano())
	}
	if after != nil {
		w.addCondition("(p.window_start, p.id) < (?, ?)", after.at, after.id)
	}
	from := "profiles p"
	switch {
	case f.Baseline == nil:
	case *f.Baseline:
		// baselines are few: CROSS JOIN makes SQLite start from them
		from = "baselines c CROSS JOIN profiles p"
		w.addCondition("p.id = c.profile_id")
	default:
		w.addCondition("NOT " + isBaseline)
	}
	return fmt.Sprintf("%s FROM %s WHERE %s ORDER BY p.window_start DESC, p.id DESC", selection, from, w.joinConditions()), w.arguments
}

// position is the last row of a page, with its listing's filter.
type position struct {
	at     int64 // sort value of the listing
	id     string
	digest string
}

func (p position) encodeCursor() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s %s", p.at, p.id, p.digest))
}

// readCursor decodes a cursor; nil means the start.
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
	case err != nil || p.encodeCursor() != cursor || !IsValidID(p.id):
		return nil, &RequestError{"the cursor is not valid", "pass on the cursor of a page unchanged, or start without one"}
	case p.digest != digest:
		return nil, &RequestError{
			"the cursor belongs to a listing with other filters",
			"keep the filters from page to page, or start without a cursor",
		}
	}
	return p, nil
}

func (f Filter) filterDigest() string {
	f.From, f.To = f.From.UTC(), f.To.UTC()
	return digestOf(f, f.From, f.To)
}

// digestOf identifies a filter.
func digestOf(filter any, from, to time.Time) string {
	data, err := json.Marshal(filter)
	if err != nil { // years beyond 9999
		data = fmt.Append(nil, from, to)
	}
	sum := sha256.Sum256(data)
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

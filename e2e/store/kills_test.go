package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
)

// The load of TestKills.
const (
	killClients = 8
	// kills of each kind of store without KILLS
	fewKills = 5
	// a service lives up to this long after it is ready
	longestLife = time.Second
	// every third life also lasts until as many requests succeeded as there are clients, however slow the machine is
	successfulLife = 3
	// a request of a client succeeds within this time, whatever is killed
	requestPatience = time.Minute
)

// killedStore is a store whose parts can be killed.
type killedStore struct {
	name    string
	options store.Options
	flags   []string
	// parts of the store besides the service, with the kills between those of the part
	parts map[*process]int
}

// The service is killed again and again while clients create profiles, set baselines and delete: what was
// acknowledged is there afterwards, once, and nothing is shown that is not complete.
func TestKills(t *testing.T) {
	kills := fewKills
	if text := os.Getenv("KILLS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		kills = n
	}
	program, prometheus := buildProgram(t), startEmptyPrometheus(t)
	t.Run("files and SQLite", func(t *testing.T) {
		dir := t.TempDir()
		testKills(t, program, prometheus, kills, killedStore{
			options: store.Options{DataDir: dir}, flags: []string{"--data-dir", dir},
		})
	})
	t.Run("S3 and PostgreSQL", func(t *testing.T) {
		buckets, s3 := startS3(t)
		if err := os.Mkdir(filepath.Join(buckets, "kills"), 0o700); err != nil {
			t.Fatal(err)
		}
		database := startPostgres(t)
		o := store.Options{Bucket: "s3://kills", Database: database.database(t)}
		testKills(t, program, prometheus, kills, killedStore{
			options: o, flags: []string{"--data-dir", t.TempDir(), "--bucket", o.Bucket, "--database", o.Database},
			parts: map[*process]int{database.process: 4, s3: 5},
		})
	})
}

func testKills(t *testing.T, program, prometheus string, kills int, k killedStore) {
	s := startService(t, program, append(k.flags, "--prometheus-url", prometheus)...)
	template := exportProfile(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var all sync.WaitGroup
	var succeeded atomic.Int64
	clients := make([]*killClient, killClients)
	for i := range clients {
		clients[i] = &killClient{
			service:    s,
			t:          t,
			succeeded:  &succeeded,
			isImporter: i%2 == 1,
			template:   template,
			cluster:    fmt.Sprintf("cluster-%d", i),
			random:     rand.New(rand.NewPCG(18, uint64(i))),
			kept:       map[string]string{},
			deleted:    map[string]bool{},
		}
		all.Go(func() { clients[i].run(ctx) })
	}
	random := rand.New(rand.NewPCG(19, 0))
	for n := 1; n <= kills && !t.Failed(); n++ {
		if enough := succeeded.Load() + killClients; n%successfulLife == 0 {
			for succeeded.Load() < enough && !t.Failed() {
				time.Sleep(10 * time.Millisecond)
			}
		}
		time.Sleep(time.Duration(random.Int64N(int64(longestLife))))
		for part, every := range k.parts {
			if n%every == 0 {
				part.kill(t)
				time.Sleep(time.Duration(random.Int64N(int64(longestLife / 10))))
			}
		}
		s.kill(t)
		for part, every := range k.parts {
			if n%every == 0 {
				part.start(t)
			}
		}
		s.start(t)
		checkListed(t, s)
	}
	cancel()
	all.Wait()
	acknowledged := 0
	for _, c := range clients {
		c.check()
		acknowledged += len(c.kept) + len(c.deleted)
	}
	checkListed(t, s)
	s.end()
	repairKilled(t, k.options)
	s.process.running = nil
	s.start(t)
	for _, c := range clients {
		c.check()
	}
	if acknowledged < kills {
		t.Errorf("only %d profiles were acknowledged", acknowledged)
	}
	t.Logf("%d kills, %d acknowledged profiles", kills, acknowledged)
}

// repairKilled sweeps the store until nothing is incomplete.
func repairKilled(t *testing.T, o store.Options) {
	t.Helper()
	kept, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	found, err := kept.Sweep(t.Context(), -time.Hour, store.Finish)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range found {
		if !p.Repaired {
			t.Errorf("not repaired: %+v", p)
		}
	}
	if left, err := kept.Sweep(t.Context(), -time.Hour, store.Report); err != nil || len(left) > 0 {
		t.Errorf("after a sweep: %+v, %v", left, err)
	}
	t.Logf("a sweep repaired %d", len(found))
}

// checkListed checks that the newest listed profiles are complete.
func checkListed(t *testing.T, s *service) {
	t.Helper()
	var page struct{ Profiles []struct{ ID string } }
	s.mustSend(t, http.MethodGet, "/profiles?limit=20", nil, http.StatusOK, &page)
	for _, p := range page.Profiles {
		status, data, err := s.send(t.Context(), http.MethodGet, "/profiles/"+p.ID, nil)
		switch {
		case err != nil || status != http.StatusOK && status != http.StatusNotFound: // deleted meanwhile
			t.Errorf("a listed profile: %d, %v: %s", status, err, data)
		case status == http.StatusOK && (!json.Valid(data) || !bytes.Contains(data, []byte(`"telemetry"`))):
			t.Errorf("a listed profile is incomplete: %s", data)
		}
	}
}

// killClient sends each request until it is acknowledged, and remembers what was.
type killClient struct {
	service *service
	t       *testing.T
	// succeeded counts the requests of all clients
	succeeded *atomic.Int64
	// importers import their profiles, the others create them with a key
	isImporter bool
	template   map[string]any
	cluster    string
	random     *rand.Rand
	kept       map[string]string // names of profiles by id
	deleted    map[string]bool
	baseline   string
}

func (c *killClient) run(ctx context.Context) {
	for n := 0; ctx.Err() == nil && !c.t.Failed(); n++ {
		name := fmt.Sprintf("%s-%d", c.cluster, n)
		var created struct{ ID string }
		if c.isImporter {
			name = "template"
			c.repeat(http.MethodPost, "/profiles/import", copyProfile(c.t, c.template, uuid.NewString(), c.cluster), &created)
		} else {
			c.repeat(http.MethodPost, "/profiles", creationBody(c.t, name, c.cluster), &created, "Idempotency-Key: "+name)
		}
		c.kept[created.ID] = name
		if c.random.IntN(4) == 0 {
			c.repeat(http.MethodPost, "/profiles/"+created.ID+"/baseline", nil, nil)
			c.baseline = created.ID
		}
		if c.random.IntN(4) == 0 {
			for id := range c.kept {
				if id != c.baseline {
					c.repeat(http.MethodDelete, "/profiles/"+id, nil, nil)
					delete(c.kept, id)
					c.deleted[id] = true
					break
				}
			}
		}
	}
}

// repeat sends a request until it is acknowledged. A deletion is also acknowledged by 404: an earlier attempt, whose
// answer was lost, has succeeded. An import whose document S3 has half stored as it was killed finds the id in use, and
// is sent again, as the answer says.
func (c *killClient) repeat(method, path string, body []byte, into any, headers ...string) {
	var status int
	var data []byte
	var err error
	for until := time.Now().Add(requestPatience); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		status, data, err = c.service.send(context.Background(), method, path, body, headers...)
		switch {
		case err != nil || status > http.StatusInternalServerError ||
			status == http.StatusTooManyRequests ||
			status == http.StatusConflict && bytes.Contains(data, []byte(store.ErrDeleting.Error())):
			continue
		case status == http.StatusNotFound && method == http.MethodDelete, status < http.StatusBadRequest:
			if into != nil {
				if err := json.Unmarshal(data, into); err != nil {
					c.t.Errorf("%s %s: %v: %s", method, path, err, data)
				}
			}
			c.succeeded.Add(1)
			return
		}
		break
	}
	c.t.Errorf("%s %s: %d, %v: %s", method, path, status, err, data)
}

// check checks that all that was acknowledged is there, once.
func (c *killClient) check() {
	c.t.Helper()
	for id, name := range c.kept {
		var p struct {
			Name       string
			IsBaseline bool `json:"is_baseline"`
		}
		c.service.mustSend(c.t, http.MethodGet, "/profiles/"+id, nil, http.StatusOK, &p)
		if p.Name != name || p.IsBaseline != (id == c.baseline) {
			c.t.Errorf("%s, baseline %v: %+v", name, id == c.baseline, p)
		}
	}
	for id := range c.deleted {
		c.service.mustSend(c.t, http.MethodGet, "/profiles/"+id, nil, http.StatusNotFound, nil)
	}
	names, cursor, listed := map[string]int{}, "", 0
	for {
		var page struct {
			Profiles   []struct{ Name string }
			NextCursor string `json:"next_cursor"`
		}
		c.service.mustSend(c.t, http.MethodGet, "/profiles?limit=500&cluster="+c.cluster+"&cursor="+cursor, nil, http.StatusOK, &page)
		for _, p := range page.Profiles {
			names[p.Name]++
			listed++
		}
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	for name, n := range names {
		if n > 1 && !c.isImporter {
			c.t.Errorf("%s is there %d times", name, n)
		}
	}
	if listed != len(c.kept) {
		c.t.Errorf("%s: %d profiles are listed, %d were acknowledged", c.cluster, listed, len(c.kept))
	}
}

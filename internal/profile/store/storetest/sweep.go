package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store/blob"
)

// expectSweep sweeps without a grace, and compares the kinds of problems found with the wanted ones.
func expectSweep(t *testing.T, s *store.Store, repairs store.Repairs, kinds ...string) {
	t.Helper()
	problems, err := s.Sweep(context.Background(), -time.Hour, repairs)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range problems {
		got = append(got, p.Kind)
		needs := store.Finish
		if p.Kind == store.NoDocument {
			needs = store.Discard
		}
		if p.Repaired != (repairs >= needs && p.Kind != store.Unreadable) {
			t.Errorf("%+v", p)
		}
	}
	slices.Sort(got)
	if d := cmp.Diff(kinds, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

// crashingDocuments simulates a process that ends after one step.
type crashingDocuments struct {
	blob.Documents
	put, delete bool
}

var errStopped = errors.New("the program has stopped")

// Put stores the document, and the process ends before it gets the result.
func (d *crashingDocuments) Put(ctx context.Context, name string, data []byte) error {
	if err := d.Documents.Put(ctx, name, data); err != nil || !d.put {
		return err
	}
	return errStopped
}

// Delete does not come to it.
func (d *crashingDocuments) Delete(ctx context.Context, name string) error {
	if d.delete {
		return errStopped
	}
	return d.Documents.Delete(ctx, name)
}

func testCrash(t *testing.T, o store.Options) {
	ctx := context.Background()
	stops := &crashingDocuments{Documents: openDocuments(t, o)}
	o.Documents = stops
	s := openStore(t, o)
	deleted := createProfile(t, s, newProfile("deleted", noon))
	request := &store.IdempotencyKey{Key: "k", Digest: "d"}

	stops.put, stops.delete = true, true
	adopted := newProfile("kept", noon)
	adopted.ID, adopted.CreatedAt = "0193a5f2-0000-7000-8000-000000000001", noon
	for _, p := range []behaviour.Profile{newProfile("tried", noon), adopted} {
		r := request
		if p.ID != "" {
			r = nil
		}
		if _, err := s.Create(ctx, p, r); !errors.Is(err, errStopped) {
			t.Fatalf("the crash: %v", err)
		}
	}
	if err := s.Delete(ctx, deleted.ID); !errors.Is(err, errStopped) {
		t.Fatalf("the crash: %v", err)
	}
	stops.put, stops.delete = false, false
	if got := listProfiles(t, s); len(got) != 0 {
		t.Errorf("there are %+v", got)
	}
	again, err := s.Create(ctx, newProfile("tried", noon), request)
	if err != nil {
		t.Fatal(err)
	}
	// young documents and deletions are skipped
	if found, err := s.Sweep(ctx, time.Hour, store.Finish); err != nil || len(found) != 0 {
		t.Errorf("of old ones: %+v, %v", found, err)
	}
	kinds := []string{store.Deleting, store.NoRow, store.NoRow}
	expectSweep(t, s, store.Report, kinds...)
	expectSweep(t, s, store.Finish, kinds...)
	expectSweep(t, s, store.Finish)
	var names []string
	for _, m := range listProfiles(t, s) {
		names = append(names, m.Name)
		if _, err := s.Get(ctx, m.ID); err != nil {
			t.Error(err)
		}
	}
	slices.Sort(names)
	if d := cmp.Diff([]string{"kept", "tried"}, names); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if m, err := s.Earlier(ctx, request); err != nil || m == nil || m.ID != again.ID {
		t.Errorf("the request made %+v, %v", m, err)
	}
}

// openDocuments opens the documents of the options.
func openDocuments(t *testing.T, o store.Options) blob.Documents {
	t.Helper()
	var d blob.Documents
	var err error
	if o.Bucket != "" {
		d, err = blob.OpenBucket(context.Background(), o.Bucket)
	} else {
		d, err = blob.OpenFolder(o.DataDir + "/documents")
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// onlyName gives the name of the document of the only profile.
func onlyName(t *testing.T, d blob.Documents) string {
	t.Helper()
	var names []string
	for entry, err := range d.List(context.Background(), "profiles/") {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, entry.Name)
	}
	if len(names) != 1 {
		t.Fatalf("there are %v", names)
	}
	return names[0]
}

// testDeletedStaysDeleted interrupts a creation, repeats it and deletes the profile: a sweep does not bring back the
// document of the first attempt.
func testDeletedStaysDeleted(t *testing.T, o store.Options) {
	ctx, request := context.Background(), &store.IdempotencyKey{Key: "k", Digest: "d"}
	stops := &crashingDocuments{Documents: openDocuments(t, o), put: true}
	o.Documents = stops
	s := openStore(t, o)
	if _, err := s.Create(ctx, newProfile("tried", noon), request); !errors.Is(err, errStopped) {
		t.Fatalf("the crash: %v", err)
	}
	stops.put = false
	again, err := s.Create(ctx, newProfile("tried", noon), request)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(ctx, again.ID); err != nil {
		t.Fatal(err)
	}
	expectSweep(t, s, store.Finish, store.NoRow)
	if got := listProfiles(t, s); len(got) != 0 {
		t.Errorf("after a sweep there are %+v", got)
	}
	// the key is free, for another request too
	other := &store.IdempotencyKey{Key: "k", Digest: "another"}
	first, err := s.Create(ctx, newProfile("other", noon), other)
	if err != nil {
		t.Fatal(err)
	}
	if m, err := s.Create(ctx, newProfile("other", noon), other); err != nil || m.ID != first.ID {
		t.Errorf("again: %+v, %v", m, err)
	}
	if _, err := s.Create(ctx, newProfile("tried", noon), request); !errors.Is(err, store.ErrKeyReused) {
		t.Errorf("the first request: %v", err)
	}
}

// testFreedKeysExpire deletes the profile of an idempotency key: a day later the key is forgotten, so that the document of
// a new attempt is kept.
func testFreedKeysExpire(t *testing.T, o store.Options) {
	ctx, request := context.Background(), &store.IdempotencyKey{Key: "k", Digest: "d"}
	now := time.Now()
	o.Now = func() time.Time { return now }
	stops := &crashingDocuments{Documents: openDocuments(t, o)}
	o.Documents = stops
	s := openStore(t, o)
	m, err := s.Create(ctx, newProfile("first", noon), request)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(ctx, m.ID); err != nil {
		t.Fatal(err)
	}
	interrupt := func() {
		t.Helper()
		stops.put = true
		if _, err := s.Create(ctx, newProfile("later", noon), request); !errors.Is(err, errStopped) {
			t.Fatalf("the crash: %v", err)
		}
		stops.put = false
	}
	now = now.Add(store.FreedKeyAge - time.Hour)
	expectSweep(t, s, store.Finish)
	interrupt()
	expectSweep(t, s, store.Finish, store.NoRow)
	if got := listProfiles(t, s); len(got) != 0 {
		t.Errorf("before the key is forgotten there are %+v", got)
	}
	now = now.Add(2 * time.Hour)
	expectSweep(t, s, store.Finish)
	interrupt()
	expectSweep(t, s, store.Finish, store.NoRow)
	if got := listProfiles(t, s); len(got) != 1 {
		t.Errorf("after the key was forgotten there are %+v", got)
	}
}

// testSweepDuringDeletion sweeps while a deletion takes long: the profile cannot be imported again before the deletion
// has ended, which would remove its new document.
func testSweepDuringDeletion(t *testing.T, o store.Options) {
	ctx := context.Background()
	s, d, p := openHooked(t, o)
	d.beforeDelete = func() {
		if found, err := s.Sweep(ctx, time.Hour, store.Finish); err != nil || len(found) > 0 {
			t.Errorf("a sweep during the deletion: %+v, %v", found, err)
		}
		if _, err := s.Create(ctx, p, nil); !errors.Is(err, store.ErrDeleting) {
			t.Errorf("import during the deletion: %v", err)
		}
	}
	if err := s.Delete(ctx, p.ID); err != nil || d.beforeDelete != nil {
		t.Fatalf("the deletion: %v", err)
	}
	if _, err := s.Create(ctx, p, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(ctx, p.ID); err != nil {
		t.Errorf("the imported profile: %v", err)
	}
}

// hookedDocuments runs a function once, before or after a document is read, or before one is deleted.
type hookedDocuments struct {
	blob.Documents
	beforeGet, afterGet, beforeDelete func()
}

// openHooked opens a store with hooked documents and one profile.
func openHooked(t *testing.T, o store.Options) (*store.Store, *hookedDocuments, behaviour.Profile) {
	t.Helper()
	d := &hookedDocuments{Documents: openDocuments(t, o)}
	o.Documents = d
	s := openStore(t, o)
	p := newProfile("again", noon)
	p.ID, p.CreatedAt = "0193a5f2-0000-7000-8000-000000000001", noon
	if _, err := s.Create(context.Background(), p, nil); err != nil {
		t.Fatal(err)
	}
	return s, d, p
}

func (d *hookedDocuments) Delete(ctx context.Context, name string) error {
	if run := d.beforeDelete; run != nil {
		d.beforeDelete = nil
		run()
	}
	return d.Documents.Delete(ctx, name)
}

func (d *hookedDocuments) Get(ctx context.Context, name string) ([]byte, error) {
	if run := d.beforeGet; run != nil {
		d.beforeGet = nil
		run()
	}
	data, err := d.Documents.Get(ctx, name)
	if run := d.afterGet; run != nil {
		d.afterGet = nil
		run()
	}
	return data, err
}

// testImportDuringDeletion deletes a profile while it is imported again: whichever is first, it is not listed without
// its document.
func testImportDuringDeletion(t *testing.T, o store.Options) {
	ctx := context.Background()
	s, d, p := openHooked(t, o)
	d.afterGet = func() {
		if err := s.Delete(ctx, p.ID); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Create(ctx, p, nil); err != nil || d.afterGet != nil {
		t.Errorf("import during a deletion: %v", err)
	}
	if _, err := s.Get(ctx, p.ID); err != nil {
		t.Errorf("the imported profile: %v", err)
	}
	expectSweep(t, s, store.Report)
	// an interrupted deletion is named, and nothing is stored over it
	stops := &crashingDocuments{Documents: openDocuments(t, o), delete: true}
	o.Documents = stops
	crashing := openStore(t, o)
	if err := crashing.Delete(ctx, p.ID); !errors.Is(err, errStopped) {
		t.Fatalf("the crash: %v", err)
	}
	if _, err := s.Create(ctx, p, nil); !errors.Is(err, store.ErrDeleting) {
		t.Errorf("import after an interrupted deletion: %v", err)
	}
	expectSweep(t, s, store.Finish, store.Deleting)
	if _, err := s.Create(ctx, p, nil); err != nil {
		t.Error(err)
	}
}

// testReadDuringImports deletes a profile and imports it again whenever it is read: it is found, and never lost.
func testReadDuringImports(t *testing.T, o store.Options) {
	ctx := context.Background()
	s, d, p := openHooked(t, o)
	missed := 0
	deleteFirst := func() {
		if err := s.Delete(ctx, p.ID); err != nil {
			t.Error(err)
		}
	}
	var importAgain func()
	importAgain = func() {
		if _, err := s.Create(ctx, p, nil); err != nil {
			t.Error(err)
		}
		if missed++; missed < 4 {
			d.beforeGet, d.afterGet = deleteFirst, importAgain
		}
	}
	d.beforeGet, d.afterGet = deleteFirst, importAgain
	if got, err := s.Get(ctx, p.ID); err != nil || got.Name != p.Name || missed != 4 {
		t.Errorf("after %d imports: %v", missed, err)
	}
}

func testLost(t *testing.T, o store.Options) {
	ctx, d := context.Background(), openDocuments(t, o)
	s := openStore(t, o)
	m := createProfile(t, s, newProfile("lost", noon))
	if _, err := s.SetBaseline(ctx, m.ID, nil); err != nil {
		t.Fatal(err)
	}
	if err := d.Delete(ctx, onlyName(t, d)); err != nil {
		t.Fatal(err)
	}
	var lost *store.LostError
	if _, err := s.Get(ctx, m.ID); !errors.As(err, &lost) || !strings.Contains(lost.Name, m.ID) {
		t.Errorf("a lost document: %v", err)
	}
	found, err := s.Sweep(ctx, 0, store.Discard)
	if err != nil || len(found) != 1 || found[0].Kind != store.NoDocument || found[0].Repaired || found[0].Detail == "" {
		t.Errorf("a baseline: %+v, %v", found, err)
	}
	if _, err := s.SetBaseline(ctx, createProfile(t, s, newProfile("next", noon)).ID, nil); err != nil {
		t.Fatal(err)
	}
	// a document may be elsewhere: its row goes on request only
	expectSweep(t, s, store.Finish, store.NoDocument)
	expectSweep(t, s, store.Discard, store.NoDocument)
	expectSweep(t, s, store.Discard)
}

func testCorrupt(t *testing.T, o store.Options) {
	ctx, d := context.Background(), openDocuments(t, o)
	s := openStore(t, o)
	m := createProfile(t, s, newProfile("a", noon))
	name := onlyName(t, d)
	whole, err := d.Get(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	changed := slices.Clone(whole)
	changed[len(changed)/2] ^= 1
	for why, data := range map[string][]byte{"a bit": changed, "its end": whole[:len(whole)-1], "its start": whole[9:], "all": {}} {
		if err := d.Delete(ctx, name); err != nil {
			t.Fatal(err)
		}
		if err := d.Put(ctx, name, data); err != nil {
			t.Fatal(err)
		}
		var corrupt *store.CorruptError
		if _, err := s.Get(ctx, m.ID); !errors.As(err, &corrupt) || corrupt.Name != name {
			t.Errorf("without %s: %v", why, err)
		}
	}
	if err := d.Put(ctx, "profiles/0193/0193a5f2-0000-7000-8000-000000000001.json.zst", whole); err != nil {
		t.Fatal(err)
	}
	expectSweep(t, s, store.Discard, store.Unreadable)
}

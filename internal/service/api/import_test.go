package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/measure"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store/document"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api/apitest"
)

// A field that a profile does not have is refused with its place, because it would be lost: an import is stored
// unchanged.
func TestImportsWithUnknownFields(t *testing.T) {
	s := world.Serve(t, embedded(t))
	exported := exportProfile(t, s)
	for path, change := range map[string][2]string{
		"owner":                 {`{"id"`, `{"owner":"me","id"`},
		"config_snapshot.notes": {`"config_snapshot":{`, `"config_snapshot":{"notes":[],`},
		"collection.took":       {`"collection":{`, `"collection":{"took":1,`},
		"telemetry.throughput.activities_per_sec.p": {`"throughput":{`, `"throughput":{"activities_per_sec":{"p":1},`},
	} {
		body := strings.Replace(exported, change[0], change[1], 1)
		if body == exported {
			t.Fatalf("nothing is changed for %s", path)
		}
		p := s.Send(t, post, "/profiles/import", json.RawMessage(body)).DecodeProblem(t, 400, "invalid-request")
		if !strings.Contains(p.Detail, `unknown field "`+path+`"`) || !strings.Contains(p.Remedy, "remove the field") {
			t.Errorf("%s: %s, %s", path, p.Detail, p.Remedy)
		}
	}
	s.Send(t, post, "/profiles/import", json.RawMessage(exported)).Decode(t, 201, nil)
}

// What earlier releases stored is imported, and exported again to the byte.
func TestImportsOfEarlierReleases(t *testing.T) {
	s := world.Serve(t, embedded(t))
	files, err := filepath.Glob("../../profile/store/testdata/*/documents/profiles/*/*.json.zst")
	more, moreErr := filepath.Glob("../../profile/store/document/testdata/*.json.zst")
	if files = append(files, more...); errors.Join(err, moreErr) != nil || len(files) < 3 {
		t.Fatalf("%d documents, %v", len(files), errors.Join(err, moreErr))
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		id := strings.TrimSuffix(filepath.Base(file), ".json.zst")
		if strings.HasPrefix(id, "format-") {
			id = "0193a5f2-7d4e-7c31-9d0a-5b3f0e2a1c44"
		}
		d, err := document.Decode(id, data)
		if err != nil {
			t.Fatal(err)
		}
		exported, err := d.JSON(d.Head.Metadata)
		if err != nil {
			t.Fatal(err)
		}
		s.Send(t, post, "/profiles/import", json.RawMessage(exported)).Decode(t, 201, nil)
		if got := s.Send(t, get, "/profiles/"+id, nil).Data; !bytes.Equal(bytes.TrimSpace(got), exported) {
			t.Errorf("%s became\n%s\nfrom\n%s", file, got, exported)
		}
	}
}

// An import ends when its client leaves.
func TestImportsEndWithTheirClients(t *testing.T) {
	s := world.Serve(t, embedded(t))
	var p behaviour.Profile
	if err := json.Unmarshal([]byte(exportProfile(t, s)), &p); err != nil {
		t.Fatal(err)
	}
	values := map[string]any{}
	for i := range 30 { // searched for some 12 s
		values[string(rune('a'+i%26))+strings.Repeat("x", 1+i/26)] = strings.Repeat("some plain text, ", 128<<10/17-1)
	}
	p.Config.WorkerOptions = values
	body, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range budget.Imports.Most {
		all.Go(func() {
			q, err := http.NewRequestWithContext(ctx, post, s.URL+"/profiles/import", bytes.NewReader(body))
			if err != nil {
				t.Error(err)
				return
			}
			q.Header.Set("Content-Type", "application/json")
			answer, err := http.DefaultClient.Do(q)
			if err == nil {
				_ = answer.Body.Close()
			}
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the import ends with %v", err)
			}
		})
	}
	time.Sleep(time.Second) // until both are sent and searched
	leave()
	all.Wait()
	before := measure.ProcessorTime()
	for s.Send(t, post, "/profiles/import", "{}").StatusCode == http.StatusTooManyRequests {
		if took := measure.ProcessorTime() - before; took > 5*time.Second {
			t.Fatalf("the imports take %s after their clients have left", took)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// exportProfile returns a profile that is not stored any more.
func exportProfile(t *testing.T, s *apitest.Service) string {
	t.Helper()
	var m apitest.Metadata
	s.Send(t, post, "/profiles", request(nil)).Decode(t, 201, &m)
	exported := s.Send(t, get, "/profiles/"+m.ID, nil).Data
	s.Send(t, remove, "/profiles/"+m.ID, nil).Decode(t, 204, nil)
	return string(exported)
}

package document

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

const id = "0193a5f2-7d4e-7c31-9d0a-5b3f0e2a1c44"

// updateFixture writes the fixture of the newest format:
//
//	go test ./internal/profile/store/document -run TestFormats -update-fixture
//
// Write one with the first release of a format, and never change it afterwards.
var updateFixture = flag.Bool("update-fixture", false, "write testdata/format-N.json.zst")

// Documents of every format give the same profile.
func TestFormats(t *testing.T) {
	want := bytes.TrimSpace(readFile(t, "profile.json"))
	var p behaviour.Profile
	if err := json.Unmarshal(want, &p); err != nil {
		t.Fatal(err)
	}
	newest := fmt.Sprintf("format-%d.json.zst", formatBinary+1)
	if *updateFixture {
		data, err := Encode(&p, &IdempotencyKey{"key", "digest"})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join("testdata", newest), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fixtures := map[string][]byte{newest: readFile(t, newest)}
	for f := range formatBinary + 1 {
		name := fmt.Sprintf("format-%d.json.zst", f+1)
		fixtures[name] = readFile(t, name)
		d, err := Decode(id, fixtures[name])
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.Profile(d.Head.Metadata)
		if err != nil || d.format != f || *d.Head.Request != (IdempotencyKey{"key", "digest"}) {
			t.Fatalf("%s: format %d, %+v, %v", name, d.format, d.Head, err)
		}
		if diff := cmp.Diff(&p, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if text, err := d.JSON(d.Head.Metadata); err != nil || !bytes.Equal(text, want) {
			t.Errorf("%s: %v\n%s\n%s", name, err, text, want)
		}
		d.Release()
		if !IsSame(id, fixtures[name], fixtures[newest]) {
			t.Errorf("%s is not the same as %s", name, newest)
		}
	}
	p.Name = "another"
	other, err := Encode(&p, &IdempotencyKey{"key", "digest"})
	if err != nil || IsSame(id, other, fixtures[newest]) {
		t.Errorf("profiles with other names are the same: %v", err)
	}
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A profile comes back to the last bit, and as the bytes that encoding/json writes.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProfile(t)
		p.ID = id
		data, err := Encode(&p, nil)
		if err != nil {
			t.Fatal(err)
		}
		d, err := Decode(id, data)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Release()
		want, err := ToJSON(p)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := d.JSON(p.Metadata); err != nil || !bytes.Equal(text, want) {
			t.Fatalf("%v\n%s\n%s", err, text, want)
		}
		var usual behaviour.Profile
		if err := json.Unmarshal(want, &usual); err != nil {
			t.Fatal(err)
		}
		got, err := d.Profile(usual.Metadata)
		if err != nil {
			t.Fatal(err)
		}
		usual.Config.Profile, got.Config.Profile = plain(t, usual.Config.Profile), plain(t, got.Config.Profile)
		if diff := cmp.Diff(&usual, got); diff != "" {
			t.Fatalf("%s\n%s", want, diff)
		}
	})
}

// Points that are not numbers are not stored, as encoding/json does not write them.
func TestNotFinite(t *testing.T) {
	zero := 0.0
	for _, value := range []float64{1 / zero, -1 / zero, zero / zero} {
		p := behaviour.Profile{Telemetry: behaviour.Telemetry{"a": {"b": {Series: []behaviour.Point{{Time: 1, Value: value}}}}}}
		if _, err := Encode(&p, nil); err == nil {
			t.Errorf("%v is stored", value)
		}
	}
}

// Series that are cut off, too long or of another number are not read.
func TestWrongSeries(t *testing.T) {
	series := appendSeries(nil, []behaviour.Point{{Time: 10, Value: 1}, {Time: 20, Value: 2}})
	const body = `{"telemetry":{"a":{"b":{"series":2}}}}`
	for why, c := range map[string]struct{ body, series string }{
		"nothing": {body, ""}, "cut off": {body, string(series[:len(series)-1])}, "too long": {body, string(series) + "x"},
		"fewer": {`{"telemetry":{"a":{"b":{"series":1}}}}`, string(series)}, "more": {`{"telemetry":{"a":{"b":{"series":3}}}}`, string(series)},
		"none": {`{"telemetry":{"a":{"b":{"series":0}}}}`, ""}, "many": {`{"telemetry":{"a":{"b":{"series":999999999999}}}}`, string(series)},
		"NaN": {body, string(series[:len(series)-16]) + "\xff\xff\xff\xff\xff\xff\xff\xff" + string(series[len(series)-8:])},
	} {
		if err := joinSeries([]byte(c.body), []byte(c.series), &behaviour.Profile{}); err == nil {
			t.Errorf("%s: it is a profile", why)
		}
	}
	var p behaviour.Profile
	if err := joinSeries([]byte(body), series, &p); err != nil || p.Telemetry["a"]["b"].Series[1] != (behaviour.Point{Time: 20, Value: 2}) {
		t.Errorf("%+v, %v", p, err)
	}
}

// BenchmarkDecode reads profiles of 58 metrics with 240 points each, in each format.
func BenchmarkDecode(b *testing.B) {
	var p behaviour.Profile
	if err := json.Unmarshal(readFile(b, "profile.json"), &p); err != nil {
		b.Fatal(err)
	}
	for i := range 58 {
		s := p.Telemetry["latency"]["steady"]
		s.Series = append([]behaviour.Point{}, s.Series...)
		for j := range s.Series {
			s.Series[j].Value = float64((i*7919+j*104729)%100003) / 97
		}
		p.Telemetry["throughput"][fmt.Sprint("metric_", i)] = s
	}
	head, err := ToJSON(Head{p.Metadata, nil})
	if err != nil {
		b.Fatal(err)
	}
	body, _, err := bodyOf(&p)
	if err != nil {
		b.Fatal(err)
	}
	for f := range formatBinary + 1 {
		data, err := encodeFrames(formatJSON, append(append(head, '\n'), body...))
		if f == formatBinary {
			data, err = Encode(&p, nil)
		}
		if err != nil {
			b.Fatal(err)
		}
		read := func(b *testing.B, read func(*Document) error) {
			for b.Loop() {
				d, err := Decode(id, data)
				if err != nil || d.format != f {
					b.Fatal(d, err)
				}
				if err := read(d); err != nil {
					b.Fatal(err)
				}
				d.Release()
			}
			b.ReportMetric(float64(len(data))/1024, "KiB")
		}
		b.Run(fmt.Sprintf("format %d, profile", f+1), func(b *testing.B) {
			read(b, func(d *Document) error { _, err := d.Profile(p.Metadata); return err })
		})
		b.Run(fmt.Sprintf("format %d, JSON", f+1), func(b *testing.B) {
			read(b, func(d *Document) error { _, err := d.JSON(p.Metadata); return err })
		})
	}
}

// Whatever is in the place of a document, even with a correct checksum, it is
// read within bounds or said to be corrupt.
func FuzzDocument(f *testing.F) {
	whole, err := Encode(&behaviour.Profile{Metadata: behaviour.Metadata{ID: id, Name: "x"}}, &IdempotencyKey{Key: "k"})
	if err != nil {
		f.Fatal(err)
	}
	z, err := zstd.NewWriter(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole[checksumSize:], true, uint32(formatBinary))
	f.Add(readFile(f, "format-2.json.zst")[checksumSize:], true, uint32(formatBinary))
	f.Add(readFile(f, "format-1.json.zst")[checksumSize:], true, uint32(formatJSON))
	f.Add(whole, false, uint32(0))
	f.Add(z.EncodeAll(make([]byte, int(budget.StoredDocument.Most)+2), nil), true, uint32(0)) // a bomb
	f.Add(z.EncodeAll([]byte(`{"id": "`+id+`"}`+"\n{}"), nil), true, uint32(0))
	f.Add(z.EncodeAll([]byte(`{"id": "another"}`+"\n{}"), nil), true, uint32(0))
	f.Add(z.EncodeAll([]byte("{}"), nil), true, uint32(0))
	f.Fuzz(func(t *testing.T, data []byte, summed bool, as uint32) {
		if summed {
			frame := make([]byte, checksumSize)
			binary.LittleEndian.PutUint32(frame, skippable|as)
			binary.LittleEndian.PutUint32(frame[4:], uint32(format(as).contentSize()))
			sum := sha256.Sum256(data)
			copy(frame[8:], sum[:])
			data = append(frame, data...)
		}
		d, err := Decode(id, data)
		if err != nil {
			return
		}
		defer d.Release()
		if d.Head.ID != id {
			t.Fatalf("it is read as %+v", d.Head)
		}
		_, _ = d.Profile(d.Head.Metadata)
		text, err := d.JSON(behaviour.Metadata{})
		if most := int(budget.StoredDocument.Most) + 1; err == nil && (len(text) > most || !bytes.HasPrefix(text, []byte("{"))) {
			t.Fatalf("it is read as %d bytes of JSON", len(text))
		}
	})
}

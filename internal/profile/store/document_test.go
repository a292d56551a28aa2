package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// Whatever lies in the place of a document, even under a right checksum, it is
// read within bounds or said to be corrupt.
func FuzzDocument(f *testing.F) {
	const id = "0193a5f2-7d4e-7c31-9d0a-5b3f0e2a1c44"
	whole, err := encodeDocument(&behaviour.Profile{Metadata: behaviour.Metadata{ID: id, Name: "x"}}, &IdempotencyKey{Key: "k"})
	if err != nil {
		f.Fatal(err)
	}
	z, err := zstd.NewWriter(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole[checksumSize:], true)
	f.Add(whole, false)
	f.Add(z.EncodeAll(make([]byte, int(budget.StoredDocument.Most)+2), nil), true) // a bomb
	f.Add(z.EncodeAll([]byte(`{"id": "`+id+`"}`+"\n{}"), nil), true)
	f.Add(z.EncodeAll([]byte(`{"id": "another"}`+"\n{}"), nil), true)
	f.Add(z.EncodeAll([]byte("{}"), nil), true)
	f.Fuzz(func(t *testing.T, data []byte, summed bool) {
		if summed {
			frame := make([]byte, checksumSize)
			binary.LittleEndian.PutUint32(frame, skippable)
			binary.LittleEndian.PutUint32(frame[4:], sha256.Size)
			sum := sha256.Sum256(data)
			copy(frame[8:], sum[:])
			data = append(frame, data...)
		}
		d, err := decodeDocument(id, data, new([]byte))
		var corrupt *CorruptError
		switch {
		case err != nil && !errors.As(err, &corrupt):
			t.Fatal(err)
		case err == nil && (d.head.ID != id || len(d.body) > int(budget.StoredDocument.Most) || !bytes.HasPrefix(d.body, []byte("{"))):
			t.Fatalf("it is read as %+v", d.head)
		}
	})
}

package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// document is a profile in two zstd frames that stock zstd can read. A skippable frame holds the SHA-256 of the rest,
// which is two lines of JSON: the head with all indexed fields, and the body with the other fields. Sweeps read only
// the head.
type document struct {
	head head
	body []byte // a JSON object
}

type head struct {
	behaviour.Metadata
	Request *IdempotencyKey `json:"request,omitempty"`
}

// A skippable frame consists of its magic number, its length and content that decoders skip.
const (
	skippable    = 0x184D2A50
	checksumSize = 8 + sha256.Size
)

// encodeDocument returns the document of a profile and its idempotency key.
func encodeDocument(p *behaviour.Profile, r *IdempotencyKey) ([]byte, error) {
	whole, err := toJSON(p)
	if err != nil {
		return nil, err
	}
	metadata, err := toJSON(p.Metadata)
	if err != nil {
		return nil, err
	}
	first, err := toJSON(head{p.Metadata, r})
	if err != nil {
		return nil, err
	}
	// the embedded metadata comes first
	rest, ok := bytes.CutPrefix(whole, metadata[:len(metadata)-1])
	if !ok || len(rest) == 0 || rest[0] != ',' {
		return nil, fmt.Errorf("a profile as JSON does not start with its metadata")
	}
	data := append(append(first, "\n{"...), rest[1:]...)
	if err := budget.ProfileBytes.Check(int64(len(whole))); err != nil {
		return nil, &RequestError{"the profile has " + err.Error(), budget.ProfileBytes.Remedy}
	}
	z, err := zstandard()
	if err != nil {
		return nil, err
	}
	frame := z.EncodeAll(data, make([]byte, checksumSize))
	binary.LittleEndian.PutUint32(frame, skippable)
	binary.LittleEndian.PutUint32(frame[4:], sha256.Size)
	sum := sha256.Sum256(frame[checksumSize:])
	copy(frame[8:], sum[:])
	return frame, nil
}

// decodeDocument reads only what encodeDocument wrote. The body's text uses the buffer, which grows if needed.
func decodeDocument(id string, data []byte, room *[]byte) (*document, error) {
	corrupt := func(why string) (*document, error) { return nil, &CorruptError{documentName(id), why} }
	if len(data) < checksumSize || binary.LittleEndian.Uint32(data) != skippable || binary.LittleEndian.Uint32(data[4:]) != sha256.Size {
		return corrupt("it does not start with a checksum")
	}
	sum := sha256.Sum256(data[checksumSize:])
	if !bytes.Equal(data[8:checksumSize], sum[:]) {
		return corrupt("its SHA-256 does not match")
	}
	z, err := zstandard()
	if err != nil {
		return nil, err
	}
	text, err := z.DecodeAll(data[checksumSize:], (*room)[:0])
	if err != nil {
		return corrupt(err.Error())
	}
	*room = text
	first, body, ok := bytes.Cut(text, []byte("\n"))
	d := &document{body: body}
	if !ok || len(body) < 2 || body[0] != '{' {
		return corrupt("it does not consist of a head and a body")
	}
	if err := json.Unmarshal(first, &d.head); err != nil {
		return corrupt(err.Error())
	}
	if d.head.ID != id {
		return corrupt(fmt.Sprintf("it contains profile %s", d.head.ID))
	}
	return d, nil
}

// bufferPool reuses buffers for decompressed documents.
var bufferPool = sync.Pool{New: func() any { return new([]byte) }}

// toProfileJSON returns the profile as JSON, with current metadata.
func (d *document) toProfileJSON(m behaviour.Metadata) ([]byte, error) {
	metadata, err := toJSON(m)
	if err != nil {
		return nil, err
	}
	whole := make([]byte, 0, len(metadata)+len(d.body))
	whole = append(whole, metadata[:len(metadata)-1]...)
	return append(append(whole, ','), d.body[1:]...), nil
}

// toJSON writes a value on one line, without HTML escapes.
func toJSON(v any) ([]byte, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), err
}

// zstandard is safe for concurrent use and keeps no state between documents.
var zstandard = sync.OnceValues(func() (codec, error) {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return codec{}, err
	}
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(uint64(budget.StoredDocument.Most)+1))
	return codec{w, r}, err
})

type codec struct {
	*zstd.Encoder
	*zstd.Decoder
}

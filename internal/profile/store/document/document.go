// Package document encodes behaviour profiles as the documents of a store, and decodes those of every release.
package document

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// Document is a profile in zstd frames that stock zstd can read. A skippable frame holds the format and the SHA-256 of
// the rest, which is two lines of JSON: the head with all indexed fields, and the body with the other fields. Sweeps
// read only the head. In formatBinary the points of the series follow the second line.
type Document struct {
	Head   Head
	format format
	body   []byte // a JSON object
	series []byte
	buf    *[]byte
}

// Head is the first line of a document.
type Head struct {
	behaviour.Metadata
	Request *IdempotencyKey `json:"request,omitempty"`
}

// IdempotencyKey makes repeated requests create one profile.
type IdempotencyKey struct {
	Key string `json:"key"`
	// Digest of the rest of the request.
	Digest string `json:"digest"`
}

// format is the last digit of the first frame's magic number, all of which decoders skip. An earlier release refuses a
// document of a later format.
type format uint32

const (
	formatJSON   format = iota // the series are JSON, as in profiles
	formatBinary               // the series are binary, with their length in the JSON
)

// A skippable frame consists of its magic number, its length and content that decoders skip.
const (
	skippable    = 0x184D2A50
	checksumSize = 8 + sha256.Size
)

// Encode returns the document of a profile and its idempotency key. A profile beyond the limit fails with a
// *budget.ExceededError.
func Encode(p *behaviour.Profile, r *IdempotencyKey) ([]byte, error) {
	first, err := ToJSON(Head{p.Metadata, r})
	if err != nil {
		return nil, err
	}
	d := Document{}
	if d.format, d.body, d.series, err = encodeBody(p); err != nil {
		return nil, err
	}
	whole, err := d.JSON(p.Metadata)
	if err != nil {
		return nil, err
	}
	if err := budget.ProfileBytes.Check(int64(len(whole))); err != nil {
		return nil, err
	}
	data := append(append(first, '\n'), d.body...)
	if d.format == formatBinary {
		data = append(append(data, '\n'), d.series...)
	}
	z, err := codec()
	if err != nil {
		return nil, err
	}
	frame := z.EncodeAll(data, make([]byte, checksumSize))
	binary.LittleEndian.PutUint32(frame, skippable|uint32(d.format))
	binary.LittleEndian.PutUint32(frame[4:], sha256.Size)
	sum := sha256.Sum256(frame[checksumSize:])
	copy(frame[8:], sum[:])
	return frame, nil
}

// encodeBody returns the body of a profile, and its series as binary if its names need no escapes in JSON.
func encodeBody(p *behaviour.Profile) (f format, body, series []byte, err error) {
	if short, series, ok, err := splitSeries(p); err != nil || ok {
		return formatBinary, short, series, err
	}
	body, err = bodyOf(p)
	return formatJSON, body, nil, err
}

// bodyOf returns a profile as JSON without its metadata.
func bodyOf(p *behaviour.Profile) ([]byte, error) {
	whole, err := ToJSON(p)
	if err != nil {
		return nil, err
	}
	metadata, err := ToJSON(p.Metadata)
	if err != nil {
		return nil, err
	}
	// the embedded metadata comes first
	rest, ok := bytes.CutPrefix(whole, metadata[:len(metadata)-1])
	if !ok || len(rest) == 0 || rest[0] != ',' {
		return nil, errors.New("a profile as JSON does not start with its metadata")
	}
	rest[0] = '{'
	return rest, nil
}

// Decode reads the document of an id. It decodes only what Encode wrote, in this release or an earlier one. The
// caller releases the document after use.
func Decode(id string, data []byte) (*Document, error) {
	if len(data) < checksumSize || binary.LittleEndian.Uint32(data[4:]) != sha256.Size {
		return nil, errors.New("it does not start with a checksum")
	}
	d := &Document{format: format(binary.LittleEndian.Uint32(data) - skippable)}
	if d.format > formatBinary {
		return nil, errors.New("it does not start with a checksum, or a later release wrote it")
	}
	sum := sha256.Sum256(data[checksumSize:])
	if !bytes.Equal(data[8:checksumSize], sum[:]) {
		return nil, errors.New("its SHA-256 does not match")
	}
	z, err := codec()
	if err != nil {
		return nil, err
	}
	d.buf = bufferPool.Get().(*[]byte)
	if err := d.readParts(id, z, data[checksumSize:]); err != nil {
		d.Release()
		return nil, err
	}
	return d, nil
}

// readParts decompresses a document into its parts.
func (d *Document) readParts(id string, z zstandard, data []byte) error {
	text, err := z.DecodeAll(data, (*d.buf)[:0])
	if err != nil {
		return err
	}
	*d.buf = text
	first, rest, ok := bytes.Cut(text, []byte("\n"))
	d.body = rest
	if ok && d.format == formatBinary {
		d.body, d.series, ok = bytes.Cut(rest, []byte("\n"))
	}
	if !ok || len(d.body) < 2 || d.body[0] != '{' {
		return errors.New("it does not consist of a head and a body")
	}
	if err := json.Unmarshal(first, &d.Head); err != nil {
		return err
	}
	if d.Head.ID != id {
		return fmt.Errorf("it contains profile %s", d.Head.ID)
	}
	return nil
}

// Release returns the document's memory. Its head and decoded profiles stay valid.
func (d *Document) Release() {
	if d.buf != nil {
		bufferPool.Put(d.buf)
	}
	d.buf, d.body, d.series = nil, nil, nil
}

// bufferPool reuses buffers for decompressed documents.
var bufferPool = sync.Pool{New: func() any { return new([]byte) }}

// Profile returns the profile, with current metadata.
func (d *Document) Profile(m behaviour.Metadata) (*behaviour.Profile, error) {
	p := &behaviour.Profile{}
	read := readProfile
	if d.format == formatBinary {
		read = func(data []byte, p *behaviour.Profile) error { return joinSeries(data, d.series, p) }
	}
	if err := read(d.body, p); err != nil {
		return nil, err
	}
	p.Metadata = m
	return p, nil
}

// JSON returns the profile as JSON, with current metadata. It is what ToJSON writes of the profile, to the byte.
func (d *Document) JSON(m behaviour.Metadata) ([]byte, error) {
	metadata, err := ToJSON(m)
	if err != nil {
		return nil, err
	}
	whole := make([]byte, 0, len(metadata)+len(d.body)+4*len(d.series))
	whole = append(append(whole, metadata[:len(metadata)-1]...), ',')
	if d.format == formatBinary {
		return appendWithSeries(whole, d.body, d.series)
	}
	return append(whole, d.body[1:]...), nil
}

// IsSame reports whether two documents of an id hold the same profile and idempotency key, in whatever format.
func IsSame(id string, a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	var texts [2][]byte
	for i, data := range [][]byte{a, b} {
		d, err := Decode(id, data)
		if err != nil {
			return false
		}
		defer d.Release()
		head, headErr := ToJSON(d.Head)
		body, bodyErr := d.JSON(behaviour.Metadata{})
		if headErr != nil || bodyErr != nil {
			return false
		}
		texts[i] = append(append(head, '\n'), body...)
	}
	return bytes.Equal(texts[0], texts[1])
}

// ToJSON writes a value on one line, without HTML escapes.
func ToJSON(v any) ([]byte, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), err
}

// Compress returns a text as a zstd frame.
func Compress(text []byte) ([]byte, error) {
	z, err := codec()
	if err != nil {
		return nil, err
	}
	return z.EncodeAll(text, nil), nil
}

// Decompress returns the text of zstd frames, within the limit of a stored document.
func Decompress(data []byte) ([]byte, error) {
	z, err := codec()
	if err != nil {
		return nil, err
	}
	return z.DecodeAll(data, nil)
}

// codec returns zstd, which is safe for concurrent use and keeps no state between documents.
var codec = sync.OnceValues(func() (zstandard, error) {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return zstandard{}, err
	}
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(uint64(budget.StoredDocument.Most)+1))
	return zstandard{w, r}, err
})

type zstandard struct {
	*zstd.Encoder
	*zstd.Decoder
}

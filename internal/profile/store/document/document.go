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
// the rest. In formatJSON the rest is one frame with two lines of JSON: the head with all indexed fields, and the body
// with the other fields. In formatBinary it is the length of two frames, and three frames: the head, the body, and the
// body once more with binary series. Each is decompressed only if it is needed.
type Document struct {
	Head   Head
	format format
	body   []byte // a JSON object, in formatJSON
	buf    *[]byte
	text   []byte // the second and the third frame, in formatBinary
	binary []byte
}

// Head has the indexed fields of a document.
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
	formatJSON   format = iota
	formatBinary        // for profiles whose names need no escapes in JSON
)

// A skippable frame consists of its magic number, its length and content that decoders skip.
const (
	skippable    = 0x184D2A50
	checksumSize = 8 + sha256.Size
	lengthsSize  = 4 + 4 // of the first two frames of formatBinary
)

// contentSize is the length of the skippable frame's content.
func (f format) contentSize() int {
	if f == formatBinary {
		return sha256.Size + lengthsSize
	}
	return sha256.Size
}

// Encode returns the document of a profile and its idempotency key. A profile beyond the limit fails with a
// *budget.ExceededError.
func Encode(p *behaviour.Profile, r *IdempotencyKey) ([]byte, error) {
	head, err := ToJSON(Head{p.Metadata, r})
	if err != nil {
		return nil, err
	}
	head = append(head, '\n')
	body, size, err := bodyOf(p)
	if err != nil {
		return nil, err
	}
	if err := budget.ProfileBytes.Check(int64(size)); err != nil {
		return nil, err
	}
	short, series, isBinary, err := splitSeries(p)
	if err != nil {
		return nil, err
	}
	if !isBinary {
		return encodeFrames(formatJSON, append(head, body...))
	}
	return encodeFrames(formatBinary, head, append(body, '\n'), append(append(short, '\n'), series...))
}

// encodeFrames returns a document with a frame for each part.
func encodeFrames(as format, parts ...[]byte) ([]byte, error) {
	z, err := codec()
	if err != nil {
		return nil, err
	}
	data := make([]byte, 8+as.contentSize())
	for i, part := range parts {
		start := len(data)
		data = z.EncodeAll(part, data)
		if i < len(parts)-1 {
			binary.LittleEndian.PutUint32(data[checksumSize+4*i:], uint32(len(data)-start))
		}
	}
	binary.LittleEndian.PutUint32(data, skippable|uint32(as))
	binary.LittleEndian.PutUint32(data[4:], uint32(as.contentSize()))
	sum := sha256.Sum256(data[checksumSize:])
	copy(data[8:], sum[:])
	return data, nil
}

// bodyOf returns a profile as JSON without its metadata, and the size of the whole.
func bodyOf(p *behaviour.Profile) (body []byte, size int, err error) {
	whole, err := ToJSON(p)
	if err != nil {
		return nil, 0, err
	}
	metadata, err := ToJSON(p.Metadata)
	if err != nil {
		return nil, 0, err
	}
	// the embedded metadata comes first
	rest, ok := bytes.CutPrefix(whole, metadata[:len(metadata)-1])
	if !ok || len(rest) == 0 || rest[0] != ',' {
		return nil, 0, errors.New("a profile as JSON does not start with its metadata")
	}
	rest[0] = '{'
	return rest, len(whole), nil
}

// Decode reads the document of an id. It decodes only what Encode wrote, in this release or an earlier one. The
// caller releases the document after use.
func Decode(id string, data []byte) (*Document, error) {
	if len(data) < checksumSize {
		return nil, errNotDocument
	}
	d := &Document{format: format(binary.LittleEndian.Uint32(data) - skippable)}
	if d.format > formatBinary || binary.LittleEndian.Uint32(data[4:]) != uint32(d.format.contentSize()) {
		return nil, errNotDocument
	}
	sum := sha256.Sum256(data[checksumSize:])
	if !bytes.Equal(data[8:checksumSize], sum[:]) {
		return nil, errors.New("its SHA-256 does not match")
	}
	z, err := codec()
	if err != nil {
		return nil, err
	}
	if err := d.readParts(id, z, data[checksumSize:]); err != nil {
		d.Release()
		return nil, err
	}
	return d, nil
}

var (
	errNotDocument = errors.New("it does not start with a checksum, or a later release wrote it")
	errParts       = errors.New("it does not consist of a head and a body")
)

// readParts decompresses the head, and in formatJSON the body.
func (d *Document) readParts(id string, z zstandard, data []byte) (err error) {
	var first []byte
	if d.format == formatBinary {
		first, err = d.cutParts(z, data)
	} else {
		first, err = d.readLines(z, data)
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(first, &d.Head); err != nil {
		return err
	}
	if d.Head.ID != id {
		return fmt.Errorf("it contains profile %s", d.Head.ID)
	}
	return nil
}

// cutParts takes formatBinary apart, and returns the head.
func (d *Document) cutParts(z zstandard, data []byte) (head []byte, err error) {
	if len(data) < lengthsSize {
		return nil, errParts
	}
	frames := data[lengthsSize:]
	first, second := int64(binary.LittleEndian.Uint32(data)), int64(binary.LittleEndian.Uint32(data[4:]))
	if first+second > int64(len(frames)) {
		return nil, errParts
	}
	d.text, d.binary = frames[first:first+second], frames[first+second:]
	return z.DecodeAll(frames[:first], nil)
}

// readLines decompresses formatJSON, and returns the head.
func (d *Document) readLines(z zstandard, data []byte) (head []byte, err error) {
	d.buf = bufferPool.Get().(*[]byte)
	text, err := z.DecodeAll(data, (*d.buf)[:0])
	if err != nil {
		return nil, err
	}
	*d.buf = text
	head, d.body, _ = bytes.Cut(text, []byte("\n"))
	if len(d.body) < 2 || d.body[0] != '{' {
		return nil, errParts
	}
	return head, nil
}

// Release returns the document's memory. Its head and decoded profiles stay valid.
func (d *Document) Release() {
	if d.buf != nil {
		bufferPool.Put(d.buf)
	}
	d.buf, d.body = nil, nil
}

// bufferPool reuses buffers for decompressed documents.
var bufferPool = sync.Pool{New: func() any { return new([]byte) }}

// Profile returns the profile, with current metadata.
func (d *Document) Profile(m behaviour.Metadata) (*behaviour.Profile, error) {
	p := &behaviour.Profile{}
	var err error
	if d.format == formatBinary {
		err = d.readBinary(p)
	} else {
		err = readProfile(d.body, p)
	}
	if err != nil {
		return nil, err
	}
	p.Metadata = m
	return p, nil
}

func (d *Document) readBinary(p *behaviour.Profile) error {
	z, err := codec()
	if err != nil {
		return err
	}
	buf := bufferPool.Get().(*[]byte)
	defer bufferPool.Put(buf)
	data, err := z.DecodeAll(d.binary, (*buf)[:0])
	if err != nil {
		return err
	}
	*buf = data
	body, series, _ := bytes.Cut(data, []byte("\n"))
	return joinSeries(body, series, p)
}

// JSON returns the profile as JSON, with current metadata. It is what ToJSON writes of the profile, to the byte.
func (d *Document) JSON(m behaviour.Metadata) ([]byte, error) {
	whole, err := ToJSON(m)
	if err != nil {
		return nil, err
	}
	whole = whole[:len(whole)-1]
	end := len(whole)
	if d.format == formatBinary {
		z, err := codec()
		if err != nil {
			return nil, err
		}
		if whole, err = z.DecodeAll(d.text, whole); err != nil {
			return nil, err
		}
		whole = bytes.TrimSuffix(whole, []byte("\n"))
	} else {
		whole = append(whole, d.body...)
	}
	if len(whole) < end+2 || whole[end] != '{' {
		return nil, errParts
	}
	whole[end] = ',' // the body goes on where the metadata ends
	return whole, nil
}

// IsSame reports whether two documents of an id hold the same profile and idempotency key, in whatever format.
func IsSame(id string, a, b []byte) bool { return bytes.Equal(a, b) || hasSameText(id, a, b, true) }

// HasSameProfile reports whether two documents of an id hold the same profile, with whatever idempotency keys.
func HasSameProfile(id string, a, b []byte) bool { return hasSameText(id, a, b, false) }

func hasSameText(id string, a, b []byte, withKey bool) bool {
	var texts [2][]byte
	for i, data := range [][]byte{a, b} {
		d, err := Decode(id, data)
		if err != nil {
			return false
		}
		defer d.Release()
		if !withKey {
			d.Head.Request = nil
		}
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

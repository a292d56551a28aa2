package budget

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// JSON counts the values and the nesting of a JSON document while it is read, and
// fails past a limit: before a decoder makes something of each value.
func JSON(r io.Reader, parts ...JSONPart) io.Reader {
	c := &counter{from: r, values: JSONValues.Meter()}
	for _, p := range parts {
		if p.Field == "" {
			c.text = p.Limit.Meter()
			continue
		}
		c.parts = append(c.parts, spentPart{p, p.Limit.Meter()})
	}
	return c
}

// JSONPart limits a part of a document: the text in quotes, or the values of a field of the outermost object.
type JSONPart struct {
	Limit Limit
	// Field is the name of the field; "" means all text in quotes, in bytes.
	Field string
	// Depth selects the items of objects and lists at one depth; 0 means all values of the field. The outermost object
	// has depth 1, and the field's value 2.
	Depth int64
}

// spentPart is a part with what is left of its limit.
type spentPart struct {
	JSONPart
	left *Meter
}

type counter struct {
	from            io.Reader
	values          *Meter
	at, depth       int64
	quoted, escaped bool

	text   *Meter // nil means unlimited
	parts  []spentPart
	key    []byte      // of the outermost object, while it is read
	isKey  bool        // the next text is such a key
	inside []spentPart // those whose field is being read
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	for _, b := range p[:n] {
		if exceeded := c.countByte(b); exceeded != nil {
			return 0, fmt.Errorf("byte %d: %w", c.at, exceeded)
		}
		c.at++
	}
	return n, err
}

func (c *counter) countByte(b byte) error {
	if c.quoted {
		return c.countText(b)
	}
	switch b {
	case '"':
		c.quoted = true
	case '[', '{':
		c.depth++
		if err := JSONDepth.Check(c.depth); err != nil {
			return err
		}
		c.isKey = b == '{' && c.depth == 1
		return c.countValue()
	case ']', '}':
		c.depth--
	case ',':
		if c.depth == 1 {
			c.isKey, c.inside = true, nil
		}
		return c.countValue()
	}
	return nil
}

// countValue counts an item after a comma, or a list or an object with its first item.
func (c *counter) countValue() error {
	for _, p := range c.inside {
		if p.Depth != 0 && p.Depth != c.depth {
			continue
		}
		if err := p.left.Spend(1); err != nil {
			return fmt.Errorf("%s: %w", p.Field, err)
		}
	}
	return c.values.Spend(1)
}

func (c *counter) countText(b byte) error {
	isEnd := b == '"' && !c.escaped
	c.escaped = !c.escaped && b == '\\'
	c.quoted = !isEnd
	switch {
	case c.isKey && !isEnd && len(c.key) < longestKey:
		c.key = append(c.key, b)
	case c.isKey && isEnd:
		c.enterField()
	}
	if c.text == nil || isEnd {
		return nil
	}
	return c.text.Spend(1)
}

// longestKey limits the bytes of a key that are kept. A field's name is shorter, even with every letter escaped.
const longestKey = 512

// enterField finds the parts of the field whose key was read. Decoders ignore the case of a key, and read its escapes.
func (c *counter) enterField() {
	name := ""
	_ = json.Unmarshal([]byte(`"`+string(c.key)+`"`), &name) // a key that is not valid is the decoder's to refuse
	c.key, c.isKey, c.inside = c.key[:0], false, nil
	for _, p := range c.parts {
		if strings.EqualFold(p.Field, name) {
			c.inside = append(c.inside, p)
		}
	}
}

package budget

import (
	"fmt"
	"io"
)

// JSON counts the values and the nesting of a JSON document while it is read, and
// fails past a limit: before a decoder makes something of each value.
func JSON(r io.Reader) io.Reader { return &counter{from: r, values: JSONValues.Meter()} }

type counter struct {
	from            io.Reader
	values          *Meter
	at, depth       int64
	quoted, escaped bool
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
		c.quoted = c.escaped || b != '"'
		c.escaped = !c.escaped && b == '\\'
		return nil
	}
	switch b {
	case '"':
		c.quoted = true
	case '[', '{':
		c.depth++
		if err := JSONDepth.Check(c.depth); err != nil {
			return err
		}
		return c.values.Spend(1)
	case ']', '}':
		c.depth--
	case ',':
		return c.values.Spend(1)
	}
	return nil
}

package access

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

// FuzzTokens checks that every accepted token has a name, a scope and a hash, and that
// parsing is stable.
func FuzzTokens(f *testing.F) {
	f.Add([]byte("# who may\na read sha256:" + tokenHash("x") + "\nb read,write sha256:" + tokenHash("y") + " until=2027-01-31 # ci\n"))
	f.Add([]byte("a read sha256:zz\n\x00 \xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		tokens, err := parseTokens(data)
		if err != nil {
			return
		}
		var again bytes.Buffer
		for hash, tok := range tokens {
			if raw, err := hex.DecodeString(hash); err != nil || len(raw) != sha256.Size || tok.Name == "" || len(tok.Scopes) == 0 {
				t.Fatalf("%q: %+v", hash, tok)
			}
			again.WriteString(tok.Name)
			for i, s := range tok.Scopes {
				again.WriteString(map[bool]string{true: " ", false: ","}[i == 0] + string(s))
			}
			again.WriteString(" sha256:" + hash)
			if !tok.until.IsZero() {
				again.WriteString(" until=" + tok.until.Format("2006-01-02"))
			}
			again.WriteString("\n")
		}
		once, err := parseTokens(again.Bytes())
		if err != nil || len(once) != len(tokens) {
			t.Fatalf("%v: %q", err, again.String())
		}
	})
}

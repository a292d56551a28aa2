package api

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// Tokens are those of a file, which is read anew when it changes. A line is
//
//	NAME SCOPES sha256:HEX [until=YYYY-MM-DD]
//
// with the scopes read or read,write. A token has 256 bits of chance, so that a
// plain hash of it is enough: there is nothing to guess it by.
type Tokens struct {
	path string
	log  *slog.Logger
	now  func() time.Time

	mu     sync.Mutex
	asked  time.Time // when the file was last looked at
	as     fs.FileInfo
	failed string // what the log was told last
	byHash map[string]token
}

type token struct {
	Grant
	until time.Time
}

// tokenPrefix tells scanners of leaked secrets what a token is.
const (
	tokenPrefix = "tdsql_"
	hashPrefix  = "sha256:"
	untilPrefix = "until="
	// how often the file is looked at
	tokensEvery = time.Second
)

var tokenName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$`)

// NewToken makes a token, and the line by which a service knows it.
func NewToken(name string, scopes []Scope, until time.Time) (secret, line string, err error) {
	if !tokenName.MatchString(name) {
		return "", "", fmt.Errorf("%q is no name of a token; allowed: up to 64 letters, digits and . _ @ -, a letter or digit first", name)
	}
	chance := make([]byte, sha256.Size)
	if _, err := rand.Read(chance); err != nil {
		return "", "", err
	}
	secret = tokenPrefix + base64.RawURLEncoding.EncodeToString(chance)
	said := make([]string, len(scopes))
	for i, s := range scopes {
		said[i] = string(s)
	}
	line = name + " " + strings.Join(said, ",") + " " + hashPrefix + hashOf(secret)
	if !until.IsZero() {
		line += " " + untilPrefix + until.Format(time.DateOnly)
	}
	// what is written is what is read
	_, err = readTokens([]byte(line))
	return secret, line, err
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// OpenTokens reads a file of tokens.
func OpenTokens(path string, log *slog.Logger) (*Tokens, error) {
	t := &Tokens{path: path, log: log, now: time.Now}
	return t, t.read()
}

// read takes the file as it is now.
func (t *Tokens) read() error {
	as, err := os.Stat(t.path)
	if err != nil {
		return err
	}
	data, err := budget.TokensFile.ReadRegular(t.path)
	if err != nil {
		return err
	}
	byHash, err := readTokens(data)
	if err != nil {
		return fmt.Errorf("%s: %w", t.path, err)
	}
	t.as, t.byHash = as, byHash
	return nil
}

func readTokens(data []byte) (map[string]token, error) {
	byHash, names := map[string]token{}, map[string]bool{}
	var wrong []error
	lines := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; lines.Scan(); n++ {
		line, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		hash, tok, err := readToken(fields)
		switch _, twice := byHash[hash]; {
		case err != nil:
		case names[tok.Name]:
			err = fmt.Errorf("the name %s is taken", tok.Name)
		case twice:
			err = errors.New("the token is there twice")
		}
		if err != nil {
			wrong = append(wrong, fmt.Errorf("line %d: %w", n, err))
			continue
		}
		byHash[hash], names[tok.Name] = tok, true
	}
	return byHash, errors.Join(append(wrong, lines.Err())...)
}

func readToken(fields []string) (hash string, t token, err error) {
	if len(fields) < 3 || len(fields) > 4 {
		return "", token{}, errors.New("not NAME SCOPES sha256:HEX, with until=YYYY-MM-DD or without: make one with temporal-dsql token new")
	}
	if t.Name = fields[0]; !tokenName.MatchString(t.Name) {
		return "", token{}, fmt.Errorf("%q is no name of a token", t.Name)
	}
	for s := range strings.SplitSeq(fields[1], ",") {
		if Scope(s) != Read && Scope(s) != Write {
			return "", token{}, fmt.Errorf("the scope of %s is %q; allowed: read, write", t.Name, s)
		}
		t.Scopes = append(t.Scopes, Scope(s))
	}
	hash, is := strings.CutPrefix(fields[2], hashPrefix)
	if raw, err := hex.DecodeString(hash); !is || err != nil || len(raw) != sha256.Size {
		// it may be the token itself, which no log may have
		return "", token{}, fmt.Errorf("the hash of %s is not sha256: and 64 hexadecimal digits", t.Name)
	}
	if len(fields) == 4 {
		day, is := strings.CutPrefix(fields[3], untilPrefix)
		if t.until, err = time.Parse(time.DateOnly, day); !is || err != nil {
			return "", token{}, fmt.Errorf("the end of %s is not until=YYYY-MM-DD", t.Name)
		}
	}
	return strings.ToLower(hash), t, nil
}

// Verify tells what a token gives.
func (t *Tokens) Verify(_ context.Context, secret string) (*Grant, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	if now.Sub(t.asked) >= tokensEvery {
		t.asked = now
		t.refresh()
	}
	found, known := t.byHash[hashOf(secret)]
	switch {
	case !known:
		return nil, nil
	// the last day is a whole one, wherever on earth it is
	case !found.until.IsZero() && now.After(found.until.Add(36*time.Hour)):
		return nil, fmt.Errorf("the token %s was good until %s", found.Name, found.until.Format(time.DateOnly))
	}
	grant := found.Grant
	return &grant, nil
}

// refresh reads the file if it has changed. One that cannot be read changes
// nothing, and the log says so.
func (t *Tokens) refresh() {
	as, err := os.Stat(t.path)
	if err == nil && as.ModTime().Equal(t.as.ModTime()) && as.Size() == t.as.Size() && os.SameFile(as, t.as) {
		t.failed = ""
		return
	}
	if err == nil {
		err = t.read()
	}
	if err != nil {
		if t.failed != err.Error() {
			t.failed = err.Error()
			t.log.Error("the tokens stay as they were", "cause", t.failed)
		}
		return
	}
	t.failed = ""
	t.log.Info("tokens", "count", len(t.byHash))
}

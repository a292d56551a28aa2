package access

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
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
)

// Tokens verifies the tokens of a file, which is reloaded when it changes. A line is
//
//	NAME SCOPES sha256:HEX [until=YYYY-MM-DD]
//
// with the scopes read or read,write. A token has 256 random bits, so a plain hash is
// enough: it cannot be guessed.
type Tokens struct {
	path string
	log  *slog.Logger
	now  func() time.Time

	mu        sync.Mutex
	checkedAt time.Time // last check of the file
	fileInfo  fs.FileInfo
	lastError string // last logged error
	byHash    map[string]tokenEntry
}

type tokenEntry struct {
	Grant
	until time.Time
}

// Parts of tokens and of the file. Secret scanners recognise tokenPrefix.
const (
	tokenPrefix = "tdsql_"
	hashPrefix  = "sha256:"
	untilPrefix = "until="
	// interval between checks of the file
	tokenCheckInterval = time.Second
)

var tokenName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$`)

// NewToken returns a new token, and the line of the tokens file that accepts it.
func NewToken(name string, scopes []Scope, until time.Time) (secret, line string, err error) {
	if !tokenName.MatchString(name) {
		return "", "", fmt.Errorf(
			"%s is not a valid token name: use up to 64 letters, digits and . _ @ -, starting with a letter or digit",
			quoteField(name),
		)
	}
	chance := make([]byte, sha256.Size)
	if _, err := rand.Read(chance); err != nil {
		return "", "", err
	}
	secret = tokenPrefix + base64.RawURLEncoding.EncodeToString(chance)
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = string(s)
	}
	line = name + " " + strings.Join(names, ",") + " " + hashPrefix + tokenHash(secret)
	if !until.IsZero() {
		line += " " + untilPrefix + until.Format(time.DateOnly)
	}
	// the line must be readable
	_, _, err = parseToken(strings.Fields(line))
	return secret, line, err
}

func tokenHash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// OpenTokens reads a tokens file.
func OpenTokens(path string, log *slog.Logger) (*Tokens, error) {
	t := &Tokens{path: path, log: log, now: time.Now}
	return t, t.readFile()
}

// readFile replaces the tokens by those of the file.
func (t *Tokens) readFile() error {
	as, err := os.Stat(t.path)
	if err != nil {
		return err
	}
	data, err := budget.TokensFile.ReadRegular(t.path)
	if err != nil {
		return err
	}
	byHash, err := parseTokens(data)
	if err != nil {
		return fmt.Errorf("%s: %w", t.path, err)
	}
	t.fileInfo, t.byHash = as, byHash
	return nil
}

// maxWrongLines is how many wrong lines of a file an error lists. Another kind of file has a million.
const maxWrongLines = 20

func parseTokens(data []byte) (map[string]tokenEntry, error) {
	byHash, names := map[string]tokenEntry{}, map[string]bool{}
	var wrong []error
	more := 0
	lines := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; lines.Scan(); n++ {
		line, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		hash, tok, err := parseToken(fields)
		switch _, twice := byHash[hash]; {
		case err != nil:
		case names[tok.Name]:
			err = fmt.Errorf("duplicate name %s", tok.Name)
		case twice:
			err = errors.New("duplicate token")
		}
		if err != nil {
			if len(wrong) < maxWrongLines {
				wrong = append(wrong, fmt.Errorf("line %d: %w", n, err))
			} else {
				more++
			}
			continue
		}
		byHash[hash], names[tok.Name] = tok, true
	}
	if more > 0 {
		wrong = append(wrong, fmt.Errorf("%d more lines are wrong", more))
	}
	return byHash, errors.Join(append(wrong, lines.Err())...)
}

// quoteField quotes a field of the file, unless it can be a token or another secret in the wrong place.
func quoteField(text string) string {
	if len(text) > 64 || redact.HasTextSecret(text) {
		return "(withheld)"
	}
	return fmt.Sprintf("%q", text)
}

func parseToken(fields []string) (hash string, t tokenEntry, err error) {
	if len(fields) < 3 || len(fields) > 4 {
		return "", tokenEntry{}, errors.New(
			"expected NAME SCOPES sha256:HEX [until=YYYY-MM-DD]: create a line with temporal-dsql token new",
		)
	}
	t.Name = fields[0]
	if !tokenName.MatchString(t.Name) {
		return "", tokenEntry{}, fmt.Errorf("%s is not a valid token name", quoteField(t.Name))
	}
	if redact.HasSecret(t.Name) { // a name is logged
		return "", tokenEntry{}, errors.New("the name of a token must not be a token or another secret")
	}
	for s := range strings.SplitSeq(fields[1], ",") {
		if Scope(s) != Read && Scope(s) != Write {
			return "", tokenEntry{}, fmt.Errorf("unknown scope %s of %s: use read or write", quoteField(s), t.Name)
		}
		t.Scopes = append(t.Scopes, Scope(s))
	}
	hash, is := strings.CutPrefix(fields[2], hashPrefix)
	if raw, err := hex.DecodeString(hash); !is || err != nil || len(raw) != sha256.Size {
		// it can be the token itself, which must not be logged
		return "", tokenEntry{}, fmt.Errorf("invalid hash of %s: expected sha256: and 64 hexadecimal digits", t.Name)
	}
	if len(fields) == 4 {
		day, is := strings.CutPrefix(fields[3], untilPrefix)
		if t.until, err = time.Parse(time.DateOnly, day); !is || err != nil {
			return "", tokenEntry{}, fmt.Errorf("invalid end of %s: expected until=YYYY-MM-DD", t.Name)
		}
	}
	return strings.ToLower(hash), t, nil
}

// Verify returns the grant of a token.
func (t *Tokens) Verify(_ context.Context, secret string) (*Grant, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	if now.Sub(t.checkedAt) >= tokenCheckInterval {
		t.checkedAt = now
		t.refreshIfChanged()
	}
	found, known := t.byHash[tokenHash(secret)]
	switch {
	case !known:
		return nil, nil
	// the last day ends when it has ended in every time zone
	case !found.until.IsZero() && now.After(found.until.Add(36*time.Hour)):
		return nil, fmt.Errorf("the token %s expired on %s", found.Name, found.until.Format(time.DateOnly))
	}
	grant := found.Grant
	return &grant, nil
}

// refreshIfChanged reloads a changed file. If that fails, the old tokens stay valid and the
// log says why.
func (t *Tokens) refreshIfChanged() {
	as, err := os.Stat(t.path)
	if err == nil && as.ModTime().Equal(t.fileInfo.ModTime()) && as.Size() == t.fileInfo.Size() && os.SameFile(as, t.fileInfo) {
		t.lastError = ""
		return
	}
	if err == nil {
		err = t.readFile()
	}
	if err != nil {
		if t.lastError != err.Error() {
			t.lastError = err.Error()
			t.log.Error("reload tokens: the old tokens stay valid", "cause", t.lastError)
		}
		return
	}
	t.lastError = ""
	t.log.Info("tokens reloaded", "count", len(t.byHash))
}

// Package redact takes secrets out of configurations: by their names and by
// their shapes, at any depth. It is the only place that says what a secret is.
package redact

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A Redactor puts digests in the place of secrets. It remembers what it took out,
// so that the same secret is found where neither name nor shape betray it: one
// Redactor is for one configuration, all of whose parts it is given.
type Redactor struct {
	key []byte
	mu  sync.Mutex
	// secrets that were taken out, as they may be written elsewhere; true for those
	// that are found within other text, too
	taken map[string]bool
	// Most ends a Value after so many secrets; 0 finds them all
	Most int
}

// New makes a Redactor whose digests are made with key; without one, with a key
// of this process, which no other has.
func New(key []byte) *Redactor {
	if len(key) == 0 {
		key = ofProcess()
	}
	return &Redactor{key: key, taken: map[string]bool{}}
}

var ofProcess = sync.OnceValue(func() []byte {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails
	return key
})

// Digest stands for a secret of a name: it is the same for the same one, and
// tells nothing of it to who has not the key.
func (r *Redactor) Digest(name, secret string) string {
	mac := hmac.New(sha256.New, r.key)
	mac.Write([]byte(name + "\x00" + secret))
	return prefix + hex.EncodeToString(mac.Sum(nil)[:16])
}

const prefix = "redacted:"

// Value gives a value of a name without the secrets in it, and the paths of what
// was taken out, beginning with path. The value is of the types of
// encoding/json, and is not changed.
func (r *Redactor) Value(path, name string, v any) (any, []string) {
	w := walk{Redactor: r}
	v = w.value(path, name, v)
	slices.Sort(w.paths)
	return v, slices.Compact(w.paths)
}

// A walk is one pass over a value.
type walk struct {
	*Redactor
	paths []string
}

func (w *walk) value(path, name string, v any) any {
	if w.isFull() {
		return v
	}
	switch v := v.(type) {
	case string:
		if v == "" || standIn(v) || !Name(name) && !Shaped(v) && !w.known(v) {
			return v
		}
		return w.take(path, name, v)
	case int, int64, uint64, float64, json.Number:
		if Name(name) {
			return w.take(path, name, fmt.Sprint(v))
		}
	case []any:
		return w.list(path, name, v)
	case map[string]any:
		return w.fields(path, name, v)
	}
	return v
}

func (w *walk) isFull() bool { return w.Most > 0 && len(w.paths) >= w.Most }

func (w *walk) take(path, name, secret string) string {
	w.paths = append(w.paths, path)
	w.remember(secret)
	return w.Digest(name, secret)
}

func (w *walk) list(path, name string, all []any) []any {
	out := make([]any, len(all))
	flag := ""
	for i, item := range all {
		of := name
		if flag != "" && Name(flag) {
			of = flag
		}
		out[i] = w.value(path+"["+strconv.Itoa(i)+"]", of, item)
		text, _ := item.(string)
		flag = flagName(text)
	}
	return out
}

func (w *walk) fields(path, name string, all map[string]any) map[string]any {
	out := make(map[string]any, len(all))
	var called string
	for key, v := range all {
		if text, ok := v.(string); ok && pairField(key) == 0 {
			called = text
		}
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		v, of, at := all[key], nameOf(key, name, called), path+"."+key
		if !w.isFull() && (Shaped(key) || w.known(key)) {
			key = w.take(path+".(name)", "", key)
			at = path + "." + key
		}
		out[key] = w.value(at, of, v)
	}
	return out
}

// remember keeps a secret, in the ways in which it may be written elsewhere. One
// that might as well be a word is none: a password "temporal" is not to take every
// name with it.
func (r *Redactor) remember(secret string) {
	if len(secret) < 6 || classes(secret) < 2 {
		return
	}
	quoted, _ := json.Marshal(secret) // text always is
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, form := range []string{
		secret, string(quoted[1 : len(quoted)-1]), url.QueryEscape(secret), url.PathEscape(secret),
		strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(secret)), "="),
	} {
		r.taken[form] = len(secret) >= 8
	}
}

// known reports whether a text is a secret that was taken out, or has one in it.
func (r *Redactor) known(text string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, is := r.taken[text]; is {
		return true
	}
	for secret, within := range r.taken {
		if within && strings.Contains(text, secret) {
			return true
		}
	}
	return false
}

// Message is a text for people, such as an error's, without the words that are
// secrets or that were taken out.
func (r *Redactor) Message(text string) string {
	if !Shaped(text) && !r.known(text) {
		return text
	}
	words := strings.Fields(text)
	for i, word := range words {
		if Shaped(word) || r.known(word) {
			words[i] = "(withheld)"
		}
	}
	if text = strings.Join(words, " "); Shaped(text) || r.known(text) {
		return "withheld, since it quotes a secret"
	}
	return text
}

// Package redact removes secrets from configurations, by name and by shape, at any depth. It alone defines what a
// secret is.
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
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/redact/plainform"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/randomness"
)

// Redactor replaces secrets with digests. It remembers what it removed, to find the same secret under other names.
// Use one Redactor for all parts of one configuration.
type Redactor struct {
	key []byte
	mu  sync.Mutex
	// secrets that were removed, in every form they may occur; true if they are also searched for inside longer text
	redacted map[string]bool
	within   map[string][]string // those that are searched for, by their beginning
	// MaxSecrets stops RedactValue after that many secrets; 0 means unlimited.
	MaxSecrets int
	// Done ends RedactValue early when it is closed: its results are then incomplete. nil means never.
	Done <-chan struct{}
}

// New returns a Redactor that keys its digests. Without a key it uses a random one of this process.
func New(key []byte) *Redactor {
	if len(key) == 0 {
		key = processKey()
	}
	return &Redactor{key: key, redacted: map[string]bool{}, within: map[string][]string{}}
}

var processKey = sync.OnceValue(func() []byte {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails
	return key
})

// Digest returns the digest that replaces a secret. Equal secrets of one name have equal digests, which reveal
// nothing without the key.
func (r *Redactor) Digest(name, secret string) string {
	mac := hmac.New(sha256.New, r.key)
	mac.Write([]byte(name + "\x00" + secret))
	return digestPrefix + hex.EncodeToString(mac.Sum(nil)[:16])
}

const digestPrefix = "redacted:"

// RedactValue returns a copy of a value without its secrets, and the sorted paths of what it removed. Paths start
// with path; the value has the types of encoding/json.
func (r *Redactor) RedactValue(path, name string, v any) (any, []string) {
	w := pass{Redactor: r}
	v = w.redactValue(path, name, v)
	if len(w.paths) > 0 { // a secret can occur before the place that names it
		w.isSecond = true
		v = w.redactValue(path, name, v)
	}
	slices.Sort(w.paths)
	return v, slices.Compact(w.paths)
}

// CountSecrets returns the number of texts that were redacted, in all their forms.
func (r *Redactor) CountSecrets() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.redacted)
}

// pass is one walk over a value.
type pass struct {
	*Redactor
	paths []string
	// a second walk only finds what the first one removed elsewhere
	isSecond bool
}

func (w *pass) redactValue(path, name string, v any) any {
	if w.isOver() {
		return v
	}
	switch v := v.(type) {
	case string:
		isSecret := v != "" && !isPlaceholder(v) && !plainform.IsReference(v) &&
			(!w.isSecond && (IsSecretField(name, v) || HasSecret(v) || hasNamedSecret(name, v, maxNested)) || w.containsRedacted(v))
		if !isSecret {
			return v
		}
		return w.redactSecret(path, name, v)
	case int, int64, uint64, float64, json.Number:
		if text := fmt.Sprint(v); IsSecretField(name, text) {
			return w.redactSecret(path, name, text)
		}
	case []any:
		return w.redactList(path, name, v)
	case map[string]any:
		return w.redactFields(path, name, v)
	}
	return v
}

// isOver reports whether the walk ends early.
func (w *pass) isOver() bool {
	select {
	case <-w.Done:
		return true
	default:
		return w.MaxSecrets > 0 && len(w.paths) >= w.MaxSecrets
	}
}

func (w *pass) redactSecret(path, name, secret string) string {
	w.paths = append(w.paths, path)
	w.rememberSecret(secret)
	return w.Digest(name, secret)
}

// RedactSecret returns the digest of a value that is known to be a secret, and finds it elsewhere from then on.
func (r *Redactor) RedactSecret(name, secret string) string {
	r.rememberSecret(secret)
	return r.Digest(name, secret)
}

func (w *pass) redactList(path, name string, all []any) []any {
	out := make([]any, len(all))
	if len(all) == 0 {
		return out
	}
	if pair := pairName(all); pair != "" {
		out[0] = all[0]
		out[1] = w.redactValue(path+"[1]", pair, all[1])
		return out
	}
	switch last := all[len(all)-1].(type) {
	case []any:
		if delimiter, isText := all[0].(string); isText && len(all) == 2 && joinsSecret(delimiter, last) {
			out[0], out[1] = delimiter, w.redactTexts(path+"[1]", last)
			return out
		}
	case map[string]any:
		if template, isText := all[0].(string); isText && len(all) == 2 && insertsSecret(template, last) {
			out[0], out[1] = template, w.redactVariables(path+"[1]", last)
			return out
		}
	case string:
		if joinsSecret("", all) && slices.ContainsFunc(all, beginsWithHost) {
			return w.redactTexts(path, all)
		}
	}
	flag, command := "", ""
	arguments := secretArguments(texts(all))
	for i, item := range all {
		text, isText := item.(string)
		of := itemName(name, command, flag, text)
		isFlagged := isText && !canBeSecretName(flag) &&
			(isUserFlag(flag) && hasPasswordPair(text) || isShortFlagSecret(command, flag, text))
		if arguments[i] || isFlagged {
			out[i] = w.redactSecret(path+"["+strconv.Itoa(i)+"]", name, text)
			flag = ""
			continue
		}
		out[i] = w.redactValue(path+"["+strconv.Itoa(i)+"]", of, item)
		flag, command = flagName(text), lastPart(command+" "+text)
	}
	return out
}

// texts returns the items of a list, those that are not texts as "".
func texts(all []any) []string {
	out := make([]string, len(all))
	for i, item := range all {
		out[i], _ = item.(string)
	}
	return out
}

// redactTexts replaces all texts of a list, except for references.
func (w *pass) redactTexts(path string, all []any) []any {
	out := slices.Clone(all)
	for i, item := range all {
		if text, isText := item.(string); isText && len(text) > 1 && !isPlaceholder(text) && !plainform.IsReference(text) {
			out[i] = w.redactSecret(path+"["+strconv.Itoa(i)+"]", "", text)
		}
	}
	return out
}

// redactVariables replaces all texts among the values of variables.
func (w *pass) redactVariables(path string, all map[string]any) map[string]any {
	out := maps.Clone(all)
	for name, value := range all {
		if text, isText := value.(string); isText && text != "" && !isPlaceholder(text) && !plainform.IsReference(text) {
			out[name] = w.redactSecret(path+"."+name, name, text)
		}
	}
	return out
}

// pairName returns the secret name that a list of a name and its value begins with, as in ["DB_PASSWORD", "hunter2"].
func pairName(all []any) string {
	if len(all) != 2 {
		return ""
	}
	name, _ := all[0].(string)
	value, _ := all[1].(string)
	return secretPairName(name, value)
}

func (w *pass) redactFields(path, name string, all map[string]any) map[string]any {
	out := make(map[string]any, len(all))
	keys := slices.Sorted(maps.Keys(all))
	var near siblings
	for _, key := range keys {
		text, isText := all[key].(string)
		near.add(key, text, isText)
	}
	for _, key := range keys {
		v, of, at := all[key], near.fieldName(key, name), path+"."+key
		if near.isPublicPart(key) {
			out[key] = v
			continue
		}
		if !w.isOver() && (!w.isSecond && HasSecret(key) || w.containsRedacted(key)) {
			key = w.redactSecret(path+".(name)", "", key)
			at = path + "." + key
		}
		out[key] = w.redactValue(at, of, v)
	}
	return out
}

// shortestWithin is the length from which on a secret is searched for inside longer text.
const shortestWithin = 8

// rememberSecret stores a secret in the forms it may occur elsewhere. It skips short, simple secrets, because a
// password such as "temporal" or "test-logs" would remove every name that contains it.
func (r *Redactor) rememberSecret(secret string) {
	if len(secret) < 6 || randomness.CountClasses(secret) < 2 && strings.Trim(secret, "0123456789") != "" || isPlainName(secret) {
		return
	}
	quoted, _ := json.Marshal(secret) // strings always marshal
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, form := range []string{
		secret, string(quoted[1 : len(quoted)-1]), url.QueryEscape(secret), url.PathEscape(secret),
		strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(secret)), "="),
	} {
		isWithin := len(secret) >= shortestWithin
		if isWithin && !r.redacted[form] {
			begin := form[:shortestWithin]
			r.within[begin] = append(r.within[begin], form)
		}
		r.redacted[form] = r.redacted[form] || isWithin
	}
}

// containsRedacted reports whether a text equals or contains a removed secret.
func (r *Redactor) containsRedacted(text string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, is := r.redacted[text]; is {
		return true
	}
	if len(r.within) == 0 {
		return false
	}
	for i := range len(text) - shortestWithin + 1 {
		begins := func(secret string) bool { return strings.HasPrefix(text[i:], secret) }
		if slices.ContainsFunc(r.within[text[i:i+shortestWithin]], begins) {
			return true
		}
	}
	return false
}

// RedactMessage replaces the words of a message that are or contain secrets, or are too random for a name.
func (r *Redactor) RedactMessage(text string) string {
	if strings.Contains(text, `"`) {
		text = quotedPattern().ReplaceAllStringFunc(text, func(quoted string) string {
			plain, err := strconv.Unquote(quoted)
			if err == nil && (HasSecret(plain) || r.containsRedacted(plain)) {
				return "(withheld)"
			}
			return quoted
		})
	}
	if !HasTextSecret(text) && !r.containsRedacted(text) {
		return text
	}
	words := strings.Fields(text)
	for i, word := range words {
		if HasTextSecret(word) || isPasswordLike(word) || r.containsRedacted(word) {
			words[i] = "(withheld)"
		}
	}
	if text = strings.Join(words, " "); HasSecret(text) || r.containsRedacted(text) {
		return "withheld because it quotes a secret"
	}
	return text
}

// quotedPattern matches what a message quotes. What is around it can hide that it is a secret.
var quotedPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`"(?:[^"\\\n]|\\.){3,}"`) })

// HasTextSecret reports whether a text that people write for people contains a secret. Such a text has no reason for
// random words, so one needs no name and no known shape to be a secret: HasSecret, which also reads configurations, must
// leave it.
func HasTextSecret(text string) bool { return HasSecret(text) || hasRandomWord(text) }

// hasRandomWord reports whether a word of a text is random letters, digits and signs, as keys and generated passwords
// are.
func hasRandomWord(text string) bool {
	const least = 20
	for word := range strings.FieldsSeq(text) {
		word = strings.Trim(word, punctuation)
		if len(word) < least || plainform.IsReference(word) || plainform.IsPageLink(word) {
			continue
		}
		if randomness.IsSignedToken(word) {
			return true
		}
		for part := range strings.FieldsFuncSeq(word, func(r rune) bool { return strings.ContainsRune(`.:=,;"'?&()[]{}<>`, r) }) {
			if part = trimPlainSegments(part); len(part) >= least && randomness.IsToken(part) {
				return true
			}
		}
	}
	return false
}

// trimPlainSegments removes words and numbers from both ends of a path. Together with the name of a resource they look
// random.
func trimPlainSegments(path string) string {
	for {
		first, rest, isPath := strings.Cut(path, "/")
		if !isPath || !isPlainSegment(first) {
			break
		}
		path = rest
	}
	for {
		at := strings.LastIndexByte(path, '/')
		if at < 0 || !isPlainSegment(path[at+1:]) {
			return path
		}
		path = path[:at]
	}
}

// isPlainSegment reports whether a part of a path is short, words, a number, a number after p, as messages of Slack have,
// or the folder of a user's temporary files on macOS.
func isPlainSegment(segment string) bool {
	return len(segment) <= 3 || randomness.IsWordy(segment) || strings.Trim(strings.TrimPrefix(segment, "p"), "0123456789") == "" ||
		len(segment) == 30 && strings.HasSuffix(segment, "0000gn")
}

// RedactError returns an error whose message has no secrets. It wraps the original, for errors.As.
func (r *Redactor) RedactError(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	if safe := r.RedactMessage(text); safe != text {
		return &redactedError{safe, err}
	}
	return err
}

type redactedError struct {
	text string
	err  error
}

func (e *redactedError) Error() string { return e.text }

func (e *redactedError) Unwrap() error { return e.err }

package redact

import (
	"bytes"
	"compress/gzip"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"html"
	"io"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/redact/plainform"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/randomness"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/textform"
)

// hasEncodedSecret finds secrets in base64.
func hasEncodedSecret(text string, depth int) bool {
	for run := range textform.SplitRuns(text, 16, "+/-_") {
		if isEncodedSecret(run, depth) {
			return true
		}
	}
	// base64 in lines, as base64 and openssl write it
	joined := strings.Join(strings.Fields(text), "")
	return len(joined) < len(text) && base64Pattern().MatchString(joined) && isEncodedSecret(strings.TrimRight(joined, "="), depth)
}

var base64Pattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9+/_-]{16,}={0,2}$`) })

func isEncodedSecret(run string, depth int) bool {
	plain, err := base64.RawStdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "/").Replace(run))
	if err != nil {
		return false
	}
	if len(plain) > 2 && plain[0] == 0x1f && plain[1] == 0x8b {
		plain = decompress(plain)
	}
	return isSecretContent(plain, depth)
}

// isSecretContent reports whether decoded data is text with a secret, or a login.
func isSecretContent(data []byte, depth int) bool {
	if parts := bytes.Split(data, []byte{0}); len(parts) == 3 && len(parts[1]) > 0 && len(parts[2]) > 0 { // as SASL encodes a login
		return randomness.IsReadable(parts[1]) && randomness.IsReadable(parts[2])
	}
	return randomness.IsReadable(data) && (hasSecret(string(data), depth) || isLogin(string(data)))
}

// isLogin reports whether a text is USER:PASSWORD and nothing else, as Basic authorization encodes it.
func isLogin(text string) bool {
	user, password, is := strings.Cut(text, ":")
	return is && user != "" && !strings.ContainsAny(user, `{["`) && len(password) >= 8 &&
		randomness.CountClasses(password) >= 3 && !strings.ContainsAny(text, " \t\n/") &&
		strings.ContainsAny(password, "0123456789") && strings.Count(text, ":") == 1
}

// decompress returns what gzip holds, up to one byte more than is searched.
func decompress(data []byte) []byte {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	plain, _ := io.ReadAll(io.LimitReader(z, maxScanLength+1)) // as far as it is readable
	return plain
}

// hasEscapedSecret finds secrets in text that is escaped for URLs or JSON, or in hexadecimal or base32.
func hasEscapedSecret(text string, depth int) bool {
	if strings.Contains(text, "%") {
		if plain, err := url.PathUnescape(text); err == nil && plain != text && hasSecret(plain, depth) {
			return true
		}
	}
	if strings.Contains(text, `\u`) || strings.Contains(text, `\x`) {
		plain := escapePattern().ReplaceAllStringFunc(text, func(escape string) string {
			code, err := strconv.ParseUint(escape[2:], 16, 32)
			if err != nil {
				return escape
			}
			return string(rune(code))
		})
		if plain != text && hasSecret(plain, depth) {
			return true
		}
	}
	if strings.Contains(text, "&") && hasEntity(text) {
		if plain := html.UnescapeString(text); plain != text && hasSecret(plain, depth) {
			return true
		}
	}
	for run := range textform.SplitRuns(text, 24, "") {
		if plain, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(run); err == nil && isSecretContent(plain, depth) {
			return true
		}
	}
	if pairs := hexPairPattern().FindString(text); pairs != "" {
		text += " " + strings.NewReplacer(":", "", " ", "", "-", "", `\x`, "").Replace(pairs)
	}
	for run := range textform.SplitRuns(text, 16, "") {
		if len(run)%2 == 0 && plainform.IsHex(run) {
			if plain, err := hex.DecodeString(run); err == nil && isSecretContent(plain, depth) {
				return true
			}
		}
	}
	return false
}

// hexPairPattern matches bytes in hexadecimal with something between them: 41:3d:31.
var hexPairPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?:[0-9a-fA-F]{2}[: -]){8,}[0-9a-fA-F]{2}`) })

var escapePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\\(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2})`) })

func hasEntity(text string) bool { return entityPattern().MatchString(text) }

var entityPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`&(?:#[0-9]{1,5}|#x[0-9a-fA-F]{1,4}|quot|amp|apos|lt|gt|colon|equals);`)
})

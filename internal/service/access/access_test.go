package access_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/service/access"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api/apitest"
)

const (
	get    = http.MethodGet
	post   = http.MethodPost
	remove = http.MethodDelete
)

// The Prometheus that all tests ask.
var world *apitest.World

func TestMain(m *testing.M) { os.Exit(apitest.Main(m, &world)) }

func embedded(t testing.TB) store.Options { return store.Options{DataDir: t.TempDir()} }

// newToken gives a token and its line.
func newToken(t testing.TB, name string, until time.Time, scopes ...access.Scope) (secret, line string) {
	t.Helper()
	secret, line, err := access.NewToken(name, scopes, until)
	if err != nil {
		t.Fatal(err)
	}
	return secret, line
}

func write(t testing.TB, path string, lines ...string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// tokens serves with a file of these lines, and gives its path.
func tokens(t *testing.T, lines ...string) (*apitest.Service, string) {
	path := filepath.Join(t.TempDir(), "tokens")
	write(t, path, lines...)
	return world.Serve(t, embedded(t), func(s *apitest.Setup) {
		known, err := access.OpenTokens(path, s.Server.Log)
		if err != nil {
			t.Fatal(err)
		}
		s.Server.Access = access.Control{known}
		// each request looks at the file
		var clock clock
		known.SetClock(func() time.Time {
			clock.pass(2 * access.TokenCheckInterval)
			return clock.now()
		})
	}), path
}

// A clock starts at the current time; its test moves it on.
type clock struct{ passed atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.passed.Load())) }

func (c *clock) pass(by time.Duration) { c.passed.Add(int64(by)) }

// TestScopes checks the scope that each operation requires.
func TestScopes(t *testing.T) {
	reader, readLine := newToken(t, "grafana", time.Time{}, access.Read)
	writer, writeLine := newToken(t, "ci", time.Now().AddDate(0, 0, 1), access.Write)
	expired, expiredLine := newToken(t, "old", time.Now().AddDate(0, 0, -3), access.Write)
	s, _ := tokens(t, "# who may", readLine, "", writeLine+" # nightly", expiredLine)
	var m apitest.Metadata
	s.Send(t, post, "/profiles", apitest.ProfileBody(nil), "Authorization: Bearer "+writer).Decode(t, 201, &m)
	path := "/profiles/" + m.ID
	for _, c := range []struct {
		method, path string
		body         any
		reads        bool
	}{
		{get, "/profiles", nil, true}, {get, path, nil, true}, {http.MethodHead, path, nil, true}, {get, "/clusters", nil, true},
		{get, "/metrics", nil, true}, {get, "/creations/k", nil, true},
		{get, path + "/baseline", nil, true}, {post, "/profiles", apitest.ProfileBody(nil), false}, {post, "/profiles/import", "{}", false},
		{post, path + "/baseline", nil, false}, {remove, path, nil, false},
	} {
		for secret, status := range map[string]int{"": 401, "tdsql_no": 401, expired: 401, reader: 403, writer: 0} {
			if secret == reader && c.reads {
				status = 0
			}
			for _, header := range []string{"Bearer " + secret, "bearer " + secret,
				"Basic " + base64.StdEncoding.EncodeToString([]byte("any:"+secret))} {
				var headers []string
				if secret != "" {
					headers = []string{"Authorization: " + header}
				}
				a := s.Send(t, c.method, c.path, c.body, headers...)
				if status == 0 && (a.StatusCode == 401 || a.StatusCode == 403) || status != 0 && a.StatusCode != status {
					t.Errorf("%s %s with %q: %s", c.method, c.path, header, a.Status)
				}
				if said := a.Header.Get("WWW-Authenticate"); (status != 0) != strings.HasPrefix(said, "Bearer") {
					t.Errorf("%s %s with %q challenges with %q", c.method, c.path, header, said)
				}
			}
		}
	}
	s.Send(t, get, "/profiles", nil, "Authorization: Bearer "+reader).Decode(t, 200, nil)
	for _, open := range []string{"/livez", "/readyz", "/openapi.json"} {
		s.Send(t, get, open, nil, "Host: service.example").Decode(t, 200, nil)
	}
	if log := s.Log.String(); strings.Contains(log, writer) || strings.Contains(log, reader) || !strings.Contains(log, `"caller":"ci"`) {
		t.Error("the log has a secret, or does not tell who asked")
	}
}

// TestTokensAreReloaded checks that a changed file is reloaded, and that an invalid one
// changes nothing.
func TestTokensAreReloaded(t *testing.T) {
	first, firstLine := newToken(t, "first", time.Time{}, access.Read)
	second, secondLine := newToken(t, "second", time.Time{}, access.Read)
	s, path := tokens(t, firstLine)
	may := func(secret string) bool {
		return s.Send(t, get, "/profiles", nil, "Authorization: Bearer "+secret).StatusCode == 200
	}
	if !may(first) || may(second) {
		t.Fatal("the file is not what was written")
	}
	write(t, path, secondLine)
	if !may(second) || may(first) {
		t.Error("the second token alone is in the file")
	}
	write(t, path, firstLine, "broken")
	if !may(second) || may(first) {
		t.Error("a broken file changed who may")
	}
	if n := strings.Count(s.Log.String(), "reload tokens: the old tokens stay valid"); n != 1 {
		t.Errorf("told %d times", n)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if !may(second) || !strings.Contains(s.Log.String(), "no such file") {
		t.Error("nothing is told of the lost file")
	}
	write(t, path, firstLine, secondLine)
	if !may(first) || !may(second) {
		t.Error("both tokens are in the file")
	}
}

func TestInvalidTokenFiles(t *testing.T) {
	secret, line := newToken(t, "a", time.Time{}, access.Read)
	for text, says := range map[string]string{
		"a read":                              "line 1: expected NAME SCOPES",
		line + "\n" + line:                    "line 2: duplicate name a",
		line + "\nb" + line[1:]:               "line 2: duplicate token",
		"a read " + secret:                    "line 1: invalid hash of a: expected sha256:",
		"a admin sha256:" + line[14:]:         `line 1: unknown scope "admin" of a`,
		"a " + secret + " sha256:":            "line 1: unknown scope (withheld) of a",
		secret + "/ read sha256:":             "line 1: (withheld) is not a valid token name",
		secret + line[1:]:                     "line 1: the name of a token must not be a token",
		strings.Repeat("a read\n", 30_000):    "token new\n29980 more lines are wrong",
		line + " until=tomorrow":              "line 1: invalid end of a: expected until=YYYY-MM-DD",
		"a/b" + line[1:] + "\nb read x y z w": "line 1: \"a/b\" is not a valid token name\nline 2: expected NAME",
	} {
		path := filepath.Join(t.TempDir(), "tokens")
		write(t, path, text)
		_, err := access.OpenTokens(path, slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), secret) || len(err.Error()) > 4096 {
			t.Errorf("%.200q: %.4096v", text, err)
		}
	}
	for _, name := range []string{"", "a b", "a#b", strings.Repeat("a", 65), secret} {
		if _, _, err := access.NewToken(name, []access.Scope{access.Read}, time.Time{}); err == nil {
			t.Errorf("%q is taken", name)
		}
	}
	if _, _, err := access.NewToken("a", nil, time.Time{}); err == nil {
		t.Error("a token without scopes is made")
	}
}

// TestOnlyTheTokenIsAccepted checks that a new token is accepted by its line, and nothing
// else is.
func TestOnlyTheTokenIsAccepted(t *testing.T) {
	secret, line := newToken(t, "a", time.Time{}, access.Read)
	path := filepath.Join(t.TempDir(), "tokens")
	write(t, path, line)
	known, err := access.OpenTokens(path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if grant, err := known.Verify(t.Context(), secret); err != nil || grant == nil || grant.Name != "a" {
		t.Fatal(grant, err)
	}
	hash := strings.Fields(line)[2]
	rapid.Check(t, func(t *rapid.T) {
		other := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{hash, strings.TrimPrefix(hash, "sha256:"), strings.ToUpper(secret),
			secret[:len(secret)-1], secret + "A", "a"})).Draw(t, "other")
		if grant, err := known.Verify(context.Background(), other); err != nil || grant != nil && other != secret {
			t.Fatalf("%q gives %+v, %v", other, grant, err)
		}
	})
}

// An issuer is a real OIDC provider, as far as verifying tokens goes.
type issuer struct {
	*httptest.Server
	key  *ecdsa.PrivateKey
	id   string
	down atomic.Bool
}

func newIssuer(t testing.TB) *issuer {
	i := &issuer{}
	i.rotate(t, "first")
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if i.down.Load() {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/.well-known/openid-configuration":
			_ = json.NewEncoder(w).Encode(map[string]any{
				"issuer": i.URL, "jwks_uri": i.URL + "/keys", "authorization_endpoint": i.URL + "/a", "token_endpoint": i.URL + "/t",
				"id_token_signing_alg_values_supported": []string{"ES256"},
			})
		case "/keys":
			_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: i.key.Public(), KeyID: i.id, Algorithm: "ES256",
				Use: "sig"}}})
		}
	}))
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) rotate(t testing.TB, id string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i.key, i.id = key, id
}

// sign makes a token of claims that differ from those of a good one.
func (i *issuer) sign(t testing.TB, different map[string]any) string {
	t.Helper()
	claims := map[string]any{"iss": i.URL, "aud": "profiles", "sub": "payments-ci", "exp": time.Now().Add(time.Hour).Unix(),
		"iat": time.Now().Unix(), "scope": "openid read"}
	for name, value := range different {
		claims[name] = value
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: i.key, KeyID: i.id}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(data)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestOIDC(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	i.down.Store(true)
	known, err := access.NewOIDC(i.URL, "profiles")
	if err != nil {
		t.Fatal(err)
	}
	var clock clock
	known.SetClock(clock.now)
	s := world.Serve(t, embedded(t), func(s *apitest.Setup) { s.Server.Access = access.Control{known} })
	ask := func(method, token string) *apitest.Response {
		return s.Send(t, method, "/profiles", apitest.ProfileBody(nil), "Authorization: Bearer "+token)
	}
	good := i.sign(t, nil)
	ask(get, good).DecodeProblem(t, 503, "issuer")
	i.down.Store(false)
	clock.pass(access.IssuerPause - time.Second)
	ask(get, good).DecodeProblem(t, 503, "issuer")
	clock.pass(2 * time.Second)
	ask(get, good).Decode(t, 200, nil)
	ask(post, good).DecodeProblem(t, 403, "forbidden")
	for _, scope := range []map[string]any{{"scope": "write"}, {"scope": "temporal-dsql/write"}, {"scp": []string{"temporal-dsql:write"}},
		{"scope": []string{"read", "write"}}} {
		ask(post, i.sign(t, scope)).Decode(t, 201, nil)
	}
	for _, scope := range []any{"writer", "x/write", 1, nil, "temporal-dsql/admin"} {
		ask(post, i.sign(t, map[string]any{"scope": scope})).DecodeProblem(t, 403, "forbidden")
	}
	unsigned := strings.Split(good, ".")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`))
	for name, bad := range map[string]string{
		"for another audience": i.sign(t, map[string]any{"aud": "others"}),
		"of another issuer":    i.sign(t, map[string]any{"iss": "https://other"}),
		"expired":              i.sign(t, map[string]any{"exp": time.Now().Add(-time.Hour).Unix()}),
		"not yet":              i.sign(t, map[string]any{"nbf": time.Now().Add(time.Hour).Unix()}),
		"unsigned":             none + "." + unsigned[1] + ".", "cut": unsigned[0] + "." + unsigned[1] + ".",
		"of other claims": unsigned[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"scope":"write"}`)) + "." + unsigned[2],
		"no JWT":          "a.b.c", "a file's": "tdsql_x",
	} {
		if a := ask(get, bad); a.StatusCode != 401 {
			t.Errorf("a token %s: %s", name, a.Status)
		}
	}
	i.rotate(t, "second")
	ask(get, i.sign(t, nil)).Decode(t, 200, nil)
	if log := s.Log.String(); !strings.Contains(log, `"caller":"payments-ci"`) || strings.Contains(log, good) {
		t.Error("the log has a secret, or does not tell who asked")
	}
}

// TestForeignHosts checks that a service without tokens serves only this machine's own
// names.
func TestForeignHosts(t *testing.T) {
	s := world.Serve(t, embedded(t))
	for host, good := range map[string]bool{
		"localhost": true, "localhost:8686": true, "LOCALHOST.": true, "profiles.localhost:1": true, "127.0.0.1:8686": true, "127.1.2.3": true,
		"[::1]:8686": true, "::1": true,
		"evil.example": false, "localhost.evil.example": false, "127.0.0.1.nip.io": false, "10.0.0.1": false, "0.0.0.0": false, "": false,
		"xlocalhost": false,
	} {
		a := s.Send(t, get, "/profiles", nil, "Host: "+host)
		if host == "" {
			continue // net/http's client fills it in
		}
		if !good {
			a.DecodeProblem(t, 421, "wrong-host")
		} else if a.StatusCode != 200 {
			t.Errorf("%s: %s", host, a.Status)
		}
	}
}

func TestForeignOrigins(t *testing.T) {
	s := world.Serve(t, embedded(t), func(s *apitest.Setup) { s.Server.Origins = []string{"https://grafana.example"} })
	for _, c := range []struct {
		headers []string
		status  int
	}{
		{nil, 201}, // no browser
		{[]string{"Sec-Fetch-Site: same-origin"}, 201},
		{[]string{"Sec-Fetch-Site: none"}, 201},
		{[]string{"Sec-Fetch-Site: cross-site"}, 403},
		{[]string{"Sec-Fetch-Site: same-site"}, 403},
		{[]string{"Sec-Fetch-Site: cross-site", "Origin: https://evil.example"}, 403},
		{[]string{"Origin: null"}, 403},
		{[]string{"Origin: https://grafana.example.evil.example"}, 403},
		{[]string{"Origin: http://grafana.example"}, 403},
		{[]string{"Sec-Fetch-Site: cross-site", "Origin: https://grafana.example"}, 201},
	} {
		a := s.Send(t, post, "/profiles", apitest.ProfileBody(nil), c.headers...)
		if c.status == 403 {
			a.DecodeProblem(t, 403, "cross-origin")
		} else if a.StatusCode != c.status {
			t.Errorf("%v: %s", c.headers, a.Status)
		}
	}
	preflight := func(origin string) http.Header {
		return s.Send(t, http.MethodOptions, "/profiles", nil, "Origin: "+origin, "Access-Control-Request-Method: POST",
			"Access-Control-Request-Headers: content-type,idempotency-key,x-grafana-action").Header
	}
	if h := preflight("https://grafana.example"); h.Get("Access-Control-Allow-Origin") != "https://grafana.example" ||
		h.Get("Access-Control-Allow-Methods") != "POST" || h.Get("Access-Control-Allow-Headers") == "" {
		t.Errorf("%v", h)
	}
	if h := preflight("https://evil.example"); h.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%v", h)
	}
	if h := s.Send(
		t,
		get,
		"/profiles",
		nil,
		"Origin: https://grafana.example",
	).Header; h.Get("Access-Control-Allow-Origin") != "https://grafana.example" ||
		!strings.Contains(h.Get("Access-Control-Expose-Headers"), "Etag") {
		t.Errorf("%v", h)
	}
	// no list is nobody
	s = world.Serve(t, embedded(t))
	if h := s.Send(t, get, "/profiles", nil, "Origin: https://grafana.example").Header; h.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%v", h)
	}
}

func TestIsLoopbackAddress(t *testing.T) {
	for address, want := range map[string]bool{"127.0.0.1:0": true, "localhost:80": true, "[::1]:0": true, ":8686": false,
		"0.0.0.0:1": false, "[::]:1": false, "192.0.2.1:1": false} {
		if is, err := access.IsLoopbackAddress(address); err != nil || is != want {
			t.Errorf("%s: %v, %v", address, is, err)
		}
	}
}

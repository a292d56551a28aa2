package pages

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"mime"
	"net/http"
	"path"
	"sync"
)

//go:embed web/static
var static embed.FS

// An asset is a file that pages load, under a name that changes with it.
type asset struct {
	data    []byte
	kind    string
	version string
}

// assets are the files of web/static by name, read once.
var assets = sync.OnceValues(func() (map[string]asset, error) {
	const folder = "web/static"
	entries, err := static.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	all := map[string]asset{}
	for _, e := range entries {
		data, err := static.ReadFile(path.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		kind := mime.TypeByExtension(path.Ext(e.Name()))
		if kind == "" {
			kind = "text/plain; charset=utf-8"
		}
		sum := sha256.Sum256(data)
		all[e.Name()] = asset{data, kind, hex.EncodeToString(sum[:6])}
	}
	return all, nil
})

// serveAsset serves one. Under a name with its version it may be kept for ever.
func serveAsset(w http.ResponseWriter, r *http.Request) {
	all, err := assets()
	a, known := all[r.PathValue("name")]
	if err != nil || !known {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == a.version {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	_, _ = w.Write(a.data) // nobody listens any more
}

// link is the address of an asset.
func link(name string) (string, error) {
	all, err := assets()
	return "/ui/static/" + name + "?v=" + all[name].version, err
}

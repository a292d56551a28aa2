package frame

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"mime"
	"net/http"
	"path"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
)

//go:embed web/static
var staticFiles embed.FS

// Asset is a file that pages load, with a version that changes with its content.
type Asset struct {
	Data    []byte
	kind    string
	version string
}

// LoadAssets reads the files of web/static once.
var LoadAssets = sync.OnceValues(func() (map[string]Asset, error) {
	const folder = "web/static"
	entries, err := staticFiles.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	all := map[string]Asset{}
	for _, e := range entries {
		data, err := staticFiles.ReadFile(path.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		kind := mime.TypeByExtension(path.Ext(e.Name()))
		if kind == "" {
			kind = "text/plain; charset=utf-8"
		}
		sum := sha256.Sum256(data)
		all[e.Name()] = Asset{data, kind, hex.EncodeToString(sum[:6])}
	}
	return all, nil
})

// ServeAsset serves a static file. With its version in the address, browsers can cache it
// for ever.
func ServeAsset(w http.ResponseWriter, r *http.Request) {
	all, err := LoadAssets()
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
	_, _ = w.Write(a.Data) // the client is gone
}

// assetAddress returns the address of a static file with its version.
func assetAddress(name string) (string, error) {
	all, err := LoadAssets()
	return api.UIPath + "static/" + name + "?v=" + all[name].version, err
}

package pages

import (
	"archive/zip"
	"bytes"
	"cmp"
	"net/http"
	"os"
	"regexp"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
)

// wished compiles what the address asks for; what is refused has no files.
func (p *Pages) wished(r *http.Request) (wish, *outcome, error) {
	ref, err := p.workshop.refer()
	if err != nil {
		return wish{}, nil, err
	}
	asked, err := readWish(r.URL.Query(), ref)
	if err != nil {
		return asked, nil, err
	}
	o, err := p.workshop.compile(r.Context(), asked)
	if err != nil {
		return asked, nil, err
	}
	if n := o.errors(); n > 0 {
		return asked, nil, api.Invalid("the guard rails refuse it: "+plural(n, "error"), "see the findings on the compile page; the first is: "+o.Findings[0].Message)
	}
	return asked, o, nil
}

// archive gives the folder that --out writes.
func (p *Pages) archive(w http.ResponseWriter, r *http.Request) error {
	_, o, err := p.wished(r)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "compile")
	if err != nil {
		return fault(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if _, err := o.Write(dir, p.config.Now()); err != nil {
		return fault(err)
	}
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	if err := z.AddFS(os.DirFS(dir)); err != nil {
		return fault(err)
	}
	if err := z.Close(); err != nil {
		return fault(err)
	}
	download(w, fileName(o.Name)+".zip", "application/zip", packed.Bytes())
	return nil
}

// deployment gives the same as a CUE package, for profiles/NAME in a repository.
func (p *Pages) deployment(w http.ResponseWriter, r *http.Request) error {
	asked, o, err := p.wished(r)
	if err != nil {
		return err
	}
	engine, err := p.workshop.open()
	if err != nil {
		return err
	}
	text, err := engine.DraftCUE(compile.Draft{
		Name: fileName(o.Name), Preset: asked.Preset, Modifier: asked.Modifier, TemporalVersion: asked.Temporal, PluginVersion: asked.Plugin,
		SDKs: asked.SDKs, Platforms: asked.Platforms, Overrides: drafted(o),
	})
	if err != nil {
		return fault(err)
	}
	download(w, "deployment.cue", "text/plain; charset=utf-8", text)
	return nil
}

func download(w http.ResponseWriter, name, kind string, data []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, _ = w.Write(data) // nobody listens any more
}

var unsafeName = regexp.MustCompile(`[^a-z0-9-]+`)

func fileName(name string) string {
	return cmp.Or(unsafeName.ReplaceAllString(name, "-"), "deployment")
}

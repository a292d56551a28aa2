package compilation

import (
	"archive/zip"
	"bytes"
	"cmp"
	"net/http"
	"os"
	"regexp"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/scaffold"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/frame"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

// compileForDownload compiles the query of a request and returns an error if findings block
// it.
func (p *Pages) compileForDownload(r *http.Request) (compileQuery, *compileOutcome, error) {
	ref, err := p.engines.LoadModuleData()
	if err != nil {
		return compileQuery{}, nil, err
	}
	query, err := readCompileQuery(r.URL.Query(), ref)
	if err != nil {
		return query, nil, err
	}
	o, err := p.compileChecked(r.Context(), query)
	if err != nil {
		return query, nil, err
	}
	if n := o.countFindings(policy.Error); n > 0 {
		return query, nil, problem.NewInvalid("guard rails failed: "+words.Count(n, "error"),
			"see the findings on the compile page; the first is: "+o.Findings[0].Message)
	}
	return query, o, nil
}

// downloadArchive sends the folder that --out writes as a zip file.
func (p *Pages) downloadArchive(w http.ResponseWriter, r *http.Request) error {
	_, o, err := p.compileForDownload(r)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "compile")
	if err != nil {
		return frame.WrapFault(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if _, err := o.WriteFolder(dir, p.now()); err != nil {
		return frame.WrapFault(err)
	}
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	if err := z.AddFS(os.DirFS(dir)); err != nil {
		return frame.WrapFault(err)
	}
	if err := z.Close(); err != nil {
		return frame.WrapFault(err)
	}
	writeDownload(w, safeFileName(o.Name)+".zip", "application/zip", packed.Bytes())
	return nil
}

// downloadDeployment sends the query as a CUE package for profiles/NAME in a repository.
func (p *Pages) downloadDeployment(w http.ResponseWriter, r *http.Request) error {
	query, o, err := p.compileForDownload(r)
	if err != nil {
		return err
	}
	var text []byte
	err = p.engines.UseCompiler(func(engine *compile.Engine) error {
		places, err := query.readPlaces(engine)
		if err != nil {
			return err
		}
		draft := scaffold.Draft{
			Name: safeFileName(o.Name), Preset: query.Preset, Modifier: query.Modifier, TemporalVersion: query.Temporal,
			PluginVersion: query.Plugin, SDKs: query.SDKs, Platforms: query.Platforms, Overrides: draftOverrides(o),
		}
		for _, v := range places {
			draft.AddPlaced(v.place, scaffold.DraftOverride{Key: v.key, Value: v.value})
		}
		text, err = scaffold.DraftCUE(engine, draft)
		return err
	})
	if err != nil {
		return frame.WrapFault(err)
	}
	writeDownload(w, "deployment.cue", "text/plain; charset=utf-8", text)
	return nil
}

func writeDownload(w http.ResponseWriter, name, kind string, data []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, _ = w.Write(data) // the client is gone
}

var unsafeName = regexp.MustCompile(`[^a-z0-9-]+`)

func safeFileName(name string) string {
	return cmp.Or(unsafeName.ReplaceAllString(name, "-"), "deployment")
}

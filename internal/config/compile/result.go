package compile

import (
	"fmt"

	"cuelang.org/go/cue"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
)

// Compile resolves a request and renders its files. Invalid values are Violations of the
// result; an error means that something cannot be read.
func (e *Engine) Compile(r Request) (*artefact.Result, error) { return e.compileTo(r, extentFiles) }

// Resolve compiles only the profile, without trace and files: enough for policies, and less
// than half of the work.
func (e *Engine) Resolve(r Request) (*artefact.Result, error) {
	return e.compileTo(r, extentProfile)
}

func (e *Engine) compileTo(r Request, how extent) (*artefact.Result, error) {
	return withCompiler(e, func(c compiler) (*artefact.Result, error) {
		d, err := c.buildDeployment(r, how)
		if err != nil {
			return nil, err
		}
		return c.readResult(d, how)
	})
}

// readResult decodes a built deployment.
func (c compiler) readResult(d builtDeployment, how extent) (*artefact.Result, error) {
	out := &artefact.Result{Executables: d.external, Places: c.resultPlaces(d)}
	if err := d.decodeRemarks(out); err != nil {
		return nil, c.UserError("", err)
	}
	isRendered := how == extentFiles && len(out.Violations) == 0
	if isRendered {
		if err := d.decodeField("unwritable", &out.Violations); err != nil {
			return nil, c.UserError("", err)
		}
		isRendered = len(out.Violations) == 0
	}
	c.placeViolations(out)
	if err := d.value.Err(); err != nil && len(out.Violations) == 0 {
		return nil, c.UserError("", err)
	}
	if isRendered {
		if err := d.decodeField("files", &out.Files); err != nil {
			return nil, c.UserError("", err)
		}
		if err := d.decodeField("placeholders", &out.Placeholders); err != nil {
			return nil, c.UserError("", err)
		}
		if err := d.decodeField("notes", &out.Notes); err != nil {
			return nil, c.UserError("", err)
		}
		if err := d.decodeField("capacity", &out.Capacity); err != nil {
			return nil, c.UserError("", err)
		}
	}
	if err := c.readDocuments(d, how, out); err != nil {
		return nil, err
	}
	if isRendered {
		return out, c.readSnippets(d.lookupField("rendered"), out)
	}
	return out, nil
}

// decodeRemarks decodes violations and warnings.
func (d builtDeployment) decodeRemarks(out *artefact.Result) error {
	if err := d.decodeField("violations", &out.Violations); err != nil {
		return err
	}
	return d.decodeField("warnings", &out.Warnings)
}

// readDocuments decodes profile and trace, from the files if they are rendered.
func (c compiler) readDocuments(d builtDeployment, how extent, out *artefact.Result) error {
	read := func(name, field string) ([]byte, error) {
		if file, ok := out.Files[name]; ok {
			return []byte(file), nil
		}
		data, err := d.lookupField(field).MarshalJSON()
		if err != nil {
			return nil, c.UserError("", err)
		}
		return data, nil
	}
	profile, err := read(artefact.ProfileName, "profile")
	if err != nil {
		return err
	}
	trace := []byte("{}")
	if how != extentProfile {
		if trace, err = read(artefact.TraceName, "trace"); err != nil {
			return err
		}
		if _, isFile := out.Files[artefact.TraceName]; !isFile {
			trace = fmt.Appendf(nil, `{"trace": %s}`, trace)
		}
	}
	return out.DecodeDocuments(profile, trace)
}

// readSnippets adds the files of each adapter.
func (c compiler) readSnippets(rendered cue.Value, out *artefact.Result) error {
	fields, err := rendered.Fields()
	if err != nil {
		return c.UserError("", err)
	}
	for fields.Next() {
		var a struct {
			Kind, Language string
			Names          []string
		}
		if err := fields.Value().Decode(&a); err != nil {
			return c.UserError("", err)
		}
		for _, name := range a.Names {
			out.Snippets = append(out.Snippets, artefact.Snippet{
				Adapter: fields.Selector().Unquoted(), Kind: a.Kind, Language: a.Language,
				Filename: name, Content: out.Files[name],
			})
		}
	}
	return nil
}

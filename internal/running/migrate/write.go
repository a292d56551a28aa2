package migrate

import (
	"fmt"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
)

// Draft is the deployment that runs today, on a preset and a modifier: what
// nothing reads is left out of it, and so is what would be so anyway. Platforms
// are the adapters that it asks for.
func (out *Report) Draft(engine *compile.Engine, name, preset, modifier string, platforms []string) (compile.Draft, error) {
	on, err := out.on(engine, preset, modifier)
	if err != nil {
		return compile.Draft{}, err
	}
	d := compile.Draft{
		Doc:  []string{"What ran when this was written, as overrides: each says where it stood."},
		Name: name, Preset: preset, Modifier: modifier, TemporalVersion: out.Temporal, PluginVersion: out.Plugin,
		Site: map[string]any{}, Platforms: platforms, SDKs: []string{},
	}
	for _, o := range on.Overrides {
		d.Overrides = append(d.Overrides, compile.Drafted{Key: o.Key, Value: o.Value, Doc: fmt.Sprintf("%s: %s", o.Place, o.Setting)})
	}
	for _, i := range out.Items {
		switch {
		case i.Status == Kept:
			fill(d.Site, i.path(), i.Value)
		case i.Status != Changed && i.Status != Redundant && (i.Status != Apart || i.Target != ""):
			d.Beside = append(d.Beside, fmt.Sprintf("%s: %s: %s (%s)", i.Places[0], i.Setting, i.Status, i.Reason))
		}
	}
	if len(d.Beside) > 0 {
		d.Beside = append([]string{"What was not carried over:"}, d.Beside...)
	}
	return d, nil
}

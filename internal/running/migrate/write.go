package migrate

import (
	"fmt"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/scaffold"
)

// Draft is the deployment that runs today, on a preset and a modifier: what
// nothing reads is left out of it, and so is what would be so anyway. Platforms
// are the adapters that it asks for.
func (out *Report) Draft(engine *compile.Engine, name, preset, modifier string, platforms []string) (scaffold.Draft, error) {
	on, err := out.on(engine, preset, modifier)
	if err != nil {
		return scaffold.Draft{}, err
	}
	d := scaffold.Draft{
		Doc:  []string{"What ran when this was written, as overrides: each says where it stood."},
		Name: name, Preset: preset, Modifier: modifier, TemporalVersion: out.Temporal, PluginVersion: out.Plugin,
		Site: map[string]any{}, Platforms: platforms, SDKs: []string{},
	}
	for _, o := range on.Overrides {
		d.Overrides = append(d.Overrides, scaffold.DraftOverride{Key: o.Key, Value: o.Value, Doc: fmt.Sprintf("%s: %s", o.Place, o.Setting)})
	}
	for _, i := range out.Items {
		switch {
		case i.Status == Kept:
			fill(d.Site, i.path(), i.Value)
		case i.Status != Changed && i.Status != Redundant && (i.Status != Apart || i.Target != ""):
			d.OverrideDoc = append(d.OverrideDoc, fmt.Sprintf("%s: %s: %s (%s)", i.Places[0], i.Setting, i.Status, i.Reason))
		}
	}
	if len(d.OverrideDoc) > 0 {
		d.OverrideDoc = append([]string{"What was not carried over:"}, d.OverrideDoc...)
	}
	return d, nil
}

package migrate

import (
	"fmt"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/scaffold"
)

// Draft returns the running configuration as a deployment on a preset and modifier, without unread and redundant
// settings. Platforms are the adapters to request.
func (out *Report) Draft(engine *compile.Engine, name, preset, modifier string, platforms []string) (scaffold.Draft, error) {
	on, err := out.tryPreset(engine, preset, modifier)
	if err != nil {
		return scaffold.Draft{}, err
	}
	d := scaffold.Draft{
		Doc:  []string{"The running configuration as overrides. Each comment names the original place."},
		Name: name, Preset: preset, Modifier: modifier, TemporalVersion: out.Temporal, PluginVersion: out.Plugin,
		Site: map[string]any{}, Platforms: platforms, SDKs: []string{},
	}
	for _, o := range on.Overrides {
		written := scaffold.DraftOverride{Key: o.Key, Value: o.Value, Doc: fmt.Sprintf("%s: %s", o.Place, o.Setting)}
		if at := o.Holds; at != nil {
			d.AddPlaced(scaffold.DraftPlace{
				Field: at.Field, Label: at.Label, Name: at.Name, Namespace: at.Namespace, TaskType: at.TaskType,
			}, written)
			continue
		}
		d.Overrides = append(d.Overrides, written)
	}
	for _, i := range out.Items {
		switch {
		case i.Status == Placed:
		case i.Status == Kept:
			setField(d.Site, i.sitePath(), i.Value)
		case i.Status != Changed && i.Status != Redundant && (i.Status != Apart || i.Target != ""):
			d.OverrideDoc = append(d.OverrideDoc, fmt.Sprintf("%s: %s: %s (%s)", i.Places[0], i.Setting, i.Status, i.Reason))
		}
	}
	if len(d.OverrideDoc) > 0 {
		d.OverrideDoc = append([]string{"Not migrated:"}, d.OverrideDoc...)
	}
	return d, nil
}

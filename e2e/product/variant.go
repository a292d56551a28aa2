package product

// Variant is what a user may compile: a preset, with or without a modifier.
type Variant struct{ Preset, Modifier string }

// Name is the variant as tests print it: "starter" or "starter+long-running".
func (v Variant) Name() string {
	if v.Modifier == "" {
		return v.Preset
	}
	return v.Preset + "+" + v.Modifier
}

package redact

// CompileRules compiles all shape rules and returns their number.
func CompileRules() int {
	for _, r := range shapeRules() {
		r.compile()
		for _, a := range r.Allowlists {
			a.compile()
		}
	}
	return len(shapeRules())
}

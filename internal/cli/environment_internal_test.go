package cli

// NoVariables is an environment that only says to leave garbage collection to the tests: commands
// pace it for one run in a process of its own.
func NoVariables(name string) string {
	if name == "GOGC" {
		return "100"
	}
	return ""
}

package behaviour

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Started says how many processes started inside of the window, of each service
// that had any: "history 2, matching 1"; "none" of those that can be told.
// Where nothing can, it is "".
func (c Collection) Started() string {
	if c.ProcessStarts == nil {
		return ""
	}
	var some []string
	for _, service := range slices.Sorted(maps.Keys(c.ProcessStarts)) {
		if n := c.ProcessStarts[service]; n > 0 {
			some = append(some, fmt.Sprintf("%s %d", service, n))
		}
	}
	if len(some) == 0 {
		return "none"
	}
	return strings.Join(some, ", ")
}

package behaviour

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// StartsText formats the processes started within the window: "history 2, matching 1", "none", or "" if unknown.
func (c Collection) StartsText() string {
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

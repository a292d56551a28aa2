package compile

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// nearest is the candidate closest to what was typed, or "" where none is near
// enough to be meant.
func nearest(typed string, candidates []string) string {
	low := strings.ToLower(typed)
	best, at := "", 1+max(2, len(typed)/3)
	for _, c := range candidates {
		d := levenshtein.ComputeDistance(low, strings.ToLower(c))
		// a name that was cut short, or typed without its component
		if len(low) > 3 && strings.HasSuffix(strings.ToLower(c), "."+low) {
			d = 1
		}
		if d < at {
			best, at = c, d
		}
	}
	return best
}

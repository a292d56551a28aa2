package compile

import (
	"fmt"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// Unknown says that there is no such name, what may have been meant, and what there is.
func Unknown(what, name string, known []string) error {
	near := nearest(name, known)
	hint := "one of " + strings.Join(sorted(known), ", ")
	switch {
	case near != "" && len(known) > maxListed:
		hint = fmt.Sprintf("did you mean %s?", near)
	case near != "":
		hint = fmt.Sprintf("did you mean %s? %s", near, hint)
	}
	return source.Wrong("", fmt.Sprintf("unknown %s %q", what, name), hint)
}

// maxListed is how many names are listed beside the one that may be meant.
const maxListed = 20

// nearest is the candidate closest to what was typed, or "" where none is near
// enough to be meant.
func nearest(typed string, candidates []string) string {
	low := strings.ToLower(typed)
	if whole := begunWith(low, candidates); whole != "" {
		return whole
	}
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

// begunWith is the only candidate whose first words were typed.
func begunWith(low string, candidates []string) string {
	found := ""
	for _, c := range candidates {
		if rest, ok := strings.CutPrefix(strings.ToLower(c), low); ok && len(low) > 3 && rest != "" && (rest[0] == '_' || rest[0] == '.') {
			if found != "" {
				return ""
			}
			found = c
		}
	}
	return found
}

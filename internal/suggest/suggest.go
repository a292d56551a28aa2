// Package suggest finds the name that a user may have meant.
package suggest

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// maxListed is the number of names up to which all are listed besides the nearest, and of names that share a word.
const maxListed = 20

// UnknownName returns the error for a name that does not exist. Its remedy names the
// nearest of the known names, and lists them. Of many names it lists those that share a word with the unknown one, if any
// do.
func UnknownName(what, name string, known []string) error {
	return UnknownNameNear(what, name, "", known)
}

// UnknownNameNear returns the error of UnknownName, whose remedy names near as the nearest, unless near is "".
func UnknownNameNear(what, name, near string, known []string) error {
	if near == "" {
		near = NearestName(name, known)
	}
	listed := slices.Compact(slices.Sorted(slices.Values(known)))
	all := "one of " + strings.Join(listed, ", ")
	remedy := "use " + all
	related := findRelated(name, listed)
	switch {
	case near != "" && len(known) > maxListed:
		remedy = fmt.Sprintf("did you mean %s?", near)
	case near == "" && len(known) > maxListed && len(related) > 0:
		remedy = fmt.Sprintf("did you mean one of %s?", strings.Join(related[:min(len(related), maxListed)], ", "))
	case near != "":
		remedy = fmt.Sprintf("did you mean %s? %s", near, all)
	}
	return &source.Error{Problems: []source.Problem{
		{Message: fmt.Sprintf("unknown %s %q", what, shorten(name)), Remedy: remedy, Unknown: name},
	}}
}

// findRelated returns the names that share a word of at least four letters with what the user typed.
func findRelated(typed string, names []string) []string {
	if budget.SuggestedName.Check(int64(len(typed))) != nil {
		return nil
	}
	words := splitWords(typed)
	var found []string
	for _, name := range names {
		if slices.ContainsFunc(splitWords(name), func(w string) bool { return len(w) > 3 && slices.Contains(words, w) }) {
			found = append(found, name)
		}
	}
	return found
}

func splitWords(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return strings.ContainsRune("_.- ", r) })
}

// NearestName returns the candidate closest to what the user typed, or "" if none is
// close enough.
func NearestName(typed string, candidates []string) string {
	if budget.SuggestedName.Check(int64(len(typed))) != nil {
		return ""
	}
	low := strings.ToLower(typed)
	if match := findByPrefix(low, candidates); match != "" {
		return match
	}
	best, bestDistance := "", 1+max(2, len(typed)/3)
	for _, c := range candidates {
		distance := levenshtein.ComputeDistance(low, strings.ToLower(c))
		// a name that was cut short, or typed without its component
		if len(low) > 3 && strings.HasSuffix(strings.ToLower(c), "."+low) {
			distance = 1
		}
		// ftp is not a misspelt http, nor k8s a misspelt ecs
		if distance < bestDistance && distance < max(utf8.RuneCountInString(low)-1, 2) && distance < utf8.RuneCountInString(c) {
			best, bestDistance = c, distance
		}
	}
	return best
}

// findByPrefix returns the only candidate whose first words were typed, "" if there are
// several or none.
func findByPrefix(low string, candidates []string) string {
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

// Misspelt is a name that the user may have misspelt, with the names that exist.
type Misspelt struct {
	Name  string   `json:"name"`
	Names []string `json:"names"`
}

// AddTo adds the nearest of the names to a remedy.
func (m Misspelt) AddTo(remedy string) string {
	return AddNearest(remedy, NearestName(m.Name, m.Names))
}

// AddNearest adds the nearest name to a remedy; "" is none.
func AddNearest(remedy, near string) string {
	if near == "" {
		return remedy
	}
	return strings.TrimSuffix(fmt.Sprintf("did you mean %s? %s", near, remedy), " ")
}

// shorten returns a name as an error quotes it.
func shorten(name string) string {
	if most := int(budget.SuggestedName.Most); len(name) > most {
		return strings.ToValidUTF8(name[:most], "") + "…"
	}
	return name
}

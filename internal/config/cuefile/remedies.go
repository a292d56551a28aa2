package cuefile

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"

	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// BareDuration returns a number that a field accepts with the unit of seconds only, or "".
func BareDuration(field, given cue.Value) string {
	text, err := given.String()
	if err != nil && given.IncompleteKind()&cue.NumberKind != 0 {
		text = fmt.Sprint(given)
	}
	if _, err := strconv.ParseFloat(text, 64); err != nil {
		return ""
	}
	accepts := func(value string) bool {
		return field.Unify(cuecontext.New().Encode(value)).Validate(cue.Concrete(true)) == nil
	}
	if accepts(text+"s") && !accepts(text+"x") {
		return text
	}
	return ""
}

// NumberInUnit returns the number to write for a quoted duration, if the name of the field has the unit, or "".
func NumberInUnit(field, quoted string) string {
	d, err := time.ParseDuration(strings.Trim(quoted, `"'`))
	if err != nil {
		return ""
	}
	for suffix, unit := range map[string]time.Duration{"_seconds": time.Second, "_ms": time.Millisecond} {
		if strings.HasSuffix(field, suffix) {
			return strconv.FormatFloat(float64(d)/float64(unit), 'f', -1, 64)
		}
	}
	return ""
}

// ChoiceRemedy lists the texts that a field can be, after the nearest to the one given. It is "" if they are not a few.
func ChoiceRemedy(field, given cue.Value) string {
	op, all := field.Expr()
	if op != cue.OrOp {
		return ""
	}
	var texts []string
	for _, v := range all {
		text, err := v.String()
		if err != nil {
			return ""
		}
		texts = append(texts, text)
	}
	typed, _ := given.String() // another kind of value is not a misspelt text
	return suggest.Misspelt{Name: typed, Names: texts}.AddTo("use one of " + strings.Join(texts, ", "))
}

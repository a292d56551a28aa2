package builtin

import (
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// checkArguments rejects a call whose result alone can take more memory than there is. It is allocated at once, so no
// limit on the memory of an evaluation can stop it.
func checkArguments(name string, args []*ast.Term) error {
	for _, arg := range args {
		if number, is := arg.Value.(ast.Number); is {
			if err := budget.PolicyNumber.Check(countDigits(string(number))); err != nil {
				return err
			}
		}
	}
	if size, is := resultSizes[name]; is {
		return budget.PolicyText.Check(size(args))
	}
	if name == ast.BitsShiftLeft.Name && len(args) > 1 {
		if bits, is := args[1].Value.(ast.Number); is {
			shift, isInt := bits.Int64()
			if !isInt || shift > 3*budget.PolicyNumber.Most { // a digit has more than three bits
				return budget.PolicyNumber.Check(budget.PolicyNumber.Most + 1)
			}
		}
	}
	return nil
}

// countDigits returns the digits of a number when it is written without an exponent.
func countDigits(number string) int64 {
	digits, exponent, _ := strings.Cut(strings.ToLower(number), "e")
	count := int64(len(digits))
	if exponent == "" {
		return count
	}
	more, err := strconv.ParseInt(exponent, 10, 32)
	if err != nil {
		return budget.PolicyNumber.Most + 1
	}
	return count + max(more, -more)
}

// resultSizes return how long the text is that a function builds of its arguments, or an upper bound.
var resultSizes = map[string]func(args []*ast.Term) int64{
	ast.Concat.Name: func(args []*ast.Term) int64 { return textLength(args[1]) + countItems(args[1])*textLength(args[0]) },
	ast.Sprintf.Name: func(args []*ast.Term) int64 {
		// an explicit index repeats an argument: %[1]s%[1]s
		format, _ := args[0].Value.(ast.String)
		return int64(len(format)) + int64(strings.Count(string(format), "["))*longestText(args[1]) + textLength(args[1])
	},
	ast.Replace.Name: func(args []*ast.Term) int64 {
		text, _ := args[0].Value.(ast.String)
		old, _ := args[1].Value.(ast.String)
		return int64(len(text)) + int64(strings.Count(string(text), string(old)))*textLength(args[2])
	},
	ast.ReplaceN.Name:     func(args []*ast.Term) int64 { return (textLength(args[1]) + 1) * max(1, longestText(args[0])) },
	ast.RegexReplace.Name: func(args []*ast.Term) int64 { return (textLength(args[0]) + 1) * max(1, textLength(args[2])) },
}

// eachItem calls visit with a text, or with each item of a list, a set or an object.
func eachItem(term *ast.Term, visit func(item *ast.Term)) {
	switch v := term.Value.(type) {
	case *ast.Array:
		v.Foreach(visit)
	case ast.Set:
		v.Foreach(visit)
	case ast.Object:
		v.Foreach(func(_, value *ast.Term) { visit(value) })
	default:
		visit(term)
	}
}

func textLength(term *ast.Term) (sum int64) {
	eachItem(term, func(item *ast.Term) {
		text, _ := item.Value.(ast.String)
		sum += int64(len(text))
	})
	return sum
}

func longestText(term *ast.Term) (longest int64) {
	eachItem(term, func(item *ast.Term) {
		text, _ := item.Value.(ast.String)
		longest = max(longest, int64(len(text)))
	})
	return longest
}

func countItems(term *ast.Term) (n int64) {
	eachItem(term, func(*ast.Term) { n++ })
	return n
}

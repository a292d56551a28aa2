package randomness

import (
	"math"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/redact/gitleaks"
)

// IsUnlikely reports whether a text is so many bits likelier as random letters and digits than as names.
//
// A name is a row of words and numbers. Each letter of a word follows the one before it as often as in the words of
// package gitleaks; a new word or number begins with two bits.
func IsUnlikely(text string, least int) bool {
	table := pairBits()
	bits, alphabet, n := 0.0, 0.0, 0.0
	var seen [numKinds]bool
	before, kind, runLength := edge, other, 0
	end := func() {
		if kind == lower || kind == upper {
			bits += table[before][edge]
		}
	}
	for i := range len(text) {
		c, is := text[i], kindOf(text[i])
		if is != kind && (kind != upper || is != lower || runLength != 1) {
			end()
			before, runLength = edge, 0
			bits += beginBits[is]
		}
		kind = is
		runLength++
		if seen[is] = true; is != other {
			n++
		}
		switch is {
		case lower, upper:
			letter := int(c|0x20-'a') + 1
			bits += table[before][letter]
			before = letter
		case digit:
			bits += digitBits
		}
	}
	end()
	for is, size := range alphabetSizes {
		if seen[is] {
			alphabet += size
		}
	}
	return n > 0 && bits-n*math.Log2(alphabet) >= float64(least)
}

const (
	other = iota
	lower
	upper
	digit
	numKinds
)

const (
	edge      = 0   // the place before the first letter of a word and after its last
	digitBits = 2.6 // of a digit in a number; some are more frequent
)

var (
	beginBits     = [numKinds]float64{-1, 2, 2, 2} // separators make a name likelier
	alphabetSizes = [numKinds]float64{0, 26, 26, 10}
)

func kindOf(c byte) int {
	switch {
	case c >= 'a' && c <= 'z':
		return lower
	case c >= 'A' && c <= 'Z':
		return upper
	case c >= '0' && c <= '9':
		return digit
	}
	return other
}

// pairBits returns how many bits a letter has after another one in words. The first and last index stand for the edge.
var pairBits = sync.OnceValue(func() *[27][27]float64 {
	const prior = 0.3 // as often as a pair occurs that the words do not have
	var counts, table [27][27]float64
	for _, word := range gitleaks.Words() {
		before := edge
		for i := range len(word) + 1 {
			letter := edge
			if i < len(word) && kindOf(word[i]) == lower {
				letter = int(word[i]-'a') + 1
			}
			if letter != edge || before != edge {
				counts[before][letter]++
			}
			before = letter
		}
	}
	for before, row := range counts {
		total := 27 * prior
		for _, n := range row {
			total += n
		}
		for letter, n := range row {
			table[before][letter] = math.Log2(total / (n + prior))
		}
	}
	return &table
})

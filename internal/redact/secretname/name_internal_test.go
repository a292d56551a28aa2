package secretname

import (
	"maps"
	"slices"
	"testing"
)

// Every name is decided, whichever words it has: a service, a relation and a key, too.
func TestNamesOfThreeWordsAreDecided(*testing.T) {
	firsts := slices.Concat(
		slices.Collect(maps.Keys(keyServices)), slices.Collect(maps.Keys(projectServices)), []string{"token", "key", "config", "order"},
	)
	for _, first := range firsts {
		for relation := range relationWords {
			for _, last := range []string{"key", "keys", "token", "id", "hash"} {
				name := first + "_x_" + relation + "_" + last
				Classify(name)
				CanBeHex(name)
				CanBeRandom(name)
			}
		}
	}
}

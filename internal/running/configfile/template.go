package configfile

import (
	"regexp"
	"sync"
)

// placeholder matches values that are filled in before use.
var placeholder = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*\}`)
})

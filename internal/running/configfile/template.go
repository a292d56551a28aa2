package configfile

import (
	"regexp"
	"sync"
)

// placeholder matches values that are filled in before use.
var placeholder = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*\}`)
})

// substituted matches values of a static configuration that envsubst or the server's start script fills in.
var substituted = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\$(\{[A-Za-z_][A-Za-z0-9_]*\}|[A-Z_][A-Z0-9_]+)`)
})

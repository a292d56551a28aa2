package plainform

import (
	"regexp"
	"strings"
	"sync"
)

// IsCall reports whether a value without quotes calls a function or reads a member in source code: getToken(), keys["a"].
func IsCall(value, after string) bool {
	return value == "await" || IsMember(value) ||
		(strings.HasPrefix(after, "(") || strings.HasPrefix(after, "[")) && callPattern().MatchString(value)
}

var callPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z_]\w*(?:(?:\.|::|->)[A-Za-z_]\w*)*$`) })

// BeginsCall reports whether a text begins by calling a function of an object: secretsmanager.Secret.fromSecretNameV2(this,
func BeginsCall(text string) bool { return memberCallPattern().MatchString(text) }

var memberCallPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+\(`) })

// IsJavaProperty reports whether a flag sets a property of Java: -Dbasicauth=…, but not --DSN=….
func IsJavaProperty(flag string) bool {
	name, is := strings.CutPrefix(flag, "-D")
	return is && name != "" && (name[0] >= 'a' && name[0] <= 'z' || name == strings.ToUpper(name))
}

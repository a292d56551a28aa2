package redact

import (
	_ "embed"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

// gitleaksRules are the shapes of tokens of some two hundred services, maintained by the gitleaks project.
//
//go:embed gitleaks/gitleaks.toml
var gitleaksRules []byte

// shapeRule is one rule of gitleaks.
type shapeRule struct {
	ID          string
	Regex       string
	SecretGroup int
	Entropy     float64
	Keywords    []string
	Path        string
	Allowlists  []shapeAllowlist

	compile func() *regexp.Regexp
}

// shapeAllowlist lists what a rule matches without being a secret.
type shapeAllowlist struct {
	Regexes     []string
	RegexTarget string
	StopWords   []string
	Paths       []string

	compile func() []*regexp.Regexp
}

// replacedRules are rules that this package decides itself, by name and value.
var replacedRules = stringSet("generic-api-key", "hashicorp-tf-password", "kubernetes-secret-yaml", "curl-auth-user", "freemius-secret-key")

var shapeRules = sync.OnceValue(func() []shapeRule {
	var file struct{ Rules []shapeRule }
	_ = toml.Unmarshal(gitleaksRules, &file) // a test reads them and counts them
	all := slices.DeleteFunc(file.Rules, func(r shapeRule) bool {
		return r.Regex == "" || len(r.Keywords) == 0 || replacedRules[r.ID]
	})
	for i := range all {
		r := &all[i]
		r.compile = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(r.Regex) })
		for j := range r.Allowlists {
			a := &r.Allowlists[j]
			a.compile = sync.OnceValue(func() (compiled []*regexp.Regexp) {
				for _, text := range a.Regexes {
					compiled = append(compiled, regexp.MustCompile(text))
				}
				return compiled
			})
		}
	}
	return all
})

// maxRuleBytes limits the bytes that all rules together search in one text. Text that names more services than that
// is removed as a whole.
const maxRuleBytes = 2 << 20

// separators end a token in text, but not in every rule.
var separators = strings.NewReplacer(",", " ", "&", " ", ")", " ", "}", " ", "]", " ", "<", " ", ">", " ", "|", " ", "*", " ")

// hasNamedRuleSecret reports whether a rule finds a secret in a value, with its name before it. Some tokens have no shape
// besides the name of their service.
func hasNamedRuleSecret(name, value string) bool {
	return name != "" && len(value) >= minTokenLength && hasRuleSecret(name+"="+value)
}

// hasNamedSecret reports whether a value is a secret that shows only together with its name.
func hasNamedSecret(name, value string) bool {
	return hasNamedRuleSecret(name, value) || hasHeaderSecret(name, value) ||
		hasPasswordPair(value) && userInfoNamePattern().MatchString(name) ||
		strings.Contains(value, "://") && strings.Contains(strings.ToLower(name), "hook") && hasTokenSegment(value)
}

// userInfoNamePattern matches names of USER:PASSWORD.
var userInfoNamePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)(user[._-]?info|basic[._-]?auth)$`) })

// hasHeaderSecret reports whether a list of headers has a value that looks random, whatever the header's name.
func hasHeaderSecret(name, value string) bool {
	if last := lastWord(name); last != "headers" && last != "header" {
		return false
	}
	for header := range strings.FieldsFuncSeq(value, func(r rune) bool { return strings.ContainsRune(",;\n", r) }) {
		if i := strings.IndexAny(header, "=:"); i > 0 && looksRandom(strings.Trim(header[i+1:], ` "'`)) {
			return true
		}
	}
	return false
}

// minTokenLength is the length of the shortest token of a rule.
const minTokenLength = 10

// hasRuleSecret reports whether a rule of gitleaks finds a secret in a text.
func hasRuleSecret(text string) bool {
	if len(text) < minTokenLength {
		return false
	}
	lower := strings.ToLower(text)
	spent := 0
	var spaced string
	for i := range shapeRules() {
		r := &shapeRules()[i]
		if !slices.ContainsFunc(r.Keywords, func(k string) bool { return strings.Contains(lower, k) }) {
			continue
		}
		if spent += len(text); spent > maxRuleBytes {
			return true
		}
		if spaced == "" {
			spaced = separators.Replace(text)
		}
		if r.finds(text) || spaced != text && r.finds(spaced) {
			return true
		}
	}
	return false
}

func (r *shapeRule) finds(text string) bool {
	for _, m := range r.compile().FindAllStringSubmatch(text, -1) {
		secret := m[0]
		switch {
		case r.SecretGroup > 0 && r.SecretGroup < len(m):
			secret = m[r.SecretGroup]
		case r.SecretGroup == 0:
			for _, group := range m[1:] {
				if group != "" {
					secret = group
					break
				}
			}
		}
		if (r.Entropy == 0 || entropyPerCharacter(secret) > r.Entropy) && !r.allows(m[0], secret) && !isPlaceholder(secret) {
			return true
		}
	}
	return false
}

func (r *shapeRule) allows(match, secret string) bool {
	for i := range r.Allowlists {
		a := &r.Allowlists[i]
		if len(a.Paths) > 0 {
			continue // of files
		}
		target := secret
		if a.RegexTarget == "match" || a.RegexTarget == "line" {
			target = match
		}
		if slices.ContainsFunc(a.compile(), func(p *regexp.Regexp) bool { return p.MatchString(target) }) ||
			slices.ContainsFunc(a.StopWords, func(w string) bool { return strings.Contains(strings.ToLower(secret), w) }) {
			return true
		}
	}
	return false
}

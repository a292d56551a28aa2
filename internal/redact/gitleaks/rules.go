// Package gitleaks finds tokens of some two hundred services by the rules of the gitleaks project.
package gitleaks

import (
	_ "embed"
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
)

// ruleData are the rules, as the project publishes them.
//
//go:embed gitleaks.toml
var ruleData []byte

// rule is one rule of gitleaks.
type rule struct {
	ID          string
	Regex       string
	SecretGroup int
	Entropy     float64
	Keywords    []string
	Path        string
	Allowlists  []allowlist

	compile func() *regexp.Regexp
}

// allowlist lists texts that a rule matches although they are not secrets.
type allowlist struct {
	Regexes     []string
	RegexTarget string
	StopWords   []string
	Paths       []string

	compile func() []*regexp.Regexp
}

// replacedRules are rules that package redact decides itself, by name and value.
var replacedRules = []string{
	"generic-api-key", "hashicorp-tf-password", "kubernetes-secret-yaml", "curl-auth-user", "freemius-secret-key",
}

// allRules are the rules of the project.
var allRules = sync.OnceValue(func() []rule {
	var file struct{ Rules []rule }
	_ = toml.Unmarshal(ruleData, &file) // a test reads them and counts them
	return file.Rules
})

var rules = sync.OnceValue(func() []rule {
	all := slices.DeleteFunc(slices.Clone(allRules()), func(r rule) bool {
		return r.Regex == "" || len(r.Keywords) == 0 || slices.Contains(replacedRules, r.ID)
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

// Words returns the words that no key contains by the rules: some 1,400 that names in software consist of.
func Words() []string {
	var longest []string
	for _, r := range allRules() {
		for _, a := range r.Allowlists {
			if len(a.StopWords) > len(longest) {
				longest = a.StopWords
			}
		}
	}
	return longest
}

// maxRuleBytes limits the bytes that all rules together search in one text. Text that names more services than that
// is removed as a whole.
const maxRuleBytes = 2 << 20

// separators end a token in text, but not in every rule.
var separators = strings.NewReplacer(",", " ", "&", " ", ")", " ", "}", " ", "]", " ", "<", " ", ">", " ", "|", " ", "*", " ")

// MinTokenLength is the length of the shortest token of a rule.
const MinTokenLength = 10

// HasSecret reports whether a rule finds a secret in a text that is not harmless, such as a placeholder.
func HasSecret(text string, isHarmless func(secret string) bool) bool {
	if len(text) < MinTokenLength {
		return false
	}
	lower := strings.ToLower(text)
	spent := 0
	var spaced string
	for i := range rules() {
		r := &rules()[i]
		if !slices.ContainsFunc(r.Keywords, func(k string) bool { return strings.Contains(lower, k) }) {
			continue
		}
		if spent += len(text); spent > maxRuleBytes {
			return true
		}
		if spaced == "" {
			spaced = separators.Replace(text)
		}
		if r.finds(text, isHarmless) || spaced != text && r.finds(spaced, isHarmless) {
			return true
		}
	}
	return false
}

func (r *rule) finds(text string, isHarmless func(secret string) bool) bool {
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
		if (r.Entropy == 0 || Entropy(secret) > r.Entropy) && !r.allows(m[0], secret) && !isHarmless(secret) {
			return true
		}
	}
	return false
}

func (r *rule) allows(match, secret string) bool {
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

// Entropy returns the Shannon entropy of a text in bits per character.
func Entropy(text string) float64 {
	counts := map[rune]int{}
	for _, r := range text {
		counts[r]++
	}
	n, sum := float64(utf8.RuneCountInString(text)), 0.0
	for _, c := range counts {
		p := float64(c) / n
		sum -= p * math.Log2(p)
	}
	return sum
}

// Package phrase recognises passwords that consist of plain words, and distinguishes them from sentences and from the names
// of things.
package phrase

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// IsWallet reports whether a text is as many plain words as the phrase of a wallet has, and not a sentence.
func IsWallet(text string) bool {
	if len(text) > 24*9 || !walletPattern().MatchString(text) {
		return false
	}
	words := strings.Fields(text)
	return len(words)%3 == 0 && !slices.ContainsFunc(words, IsOfSentence)
}

var walletPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\s*[a-z]{3,8}(\s+[a-z]{3,8}){11,23}\s*$`) })

// IsOfSentence reports whether a word is in sentences, and not in the list of words for wallets.
func IsOfSentence(word string) bool { return sentenceWords[word] }

// IsJoined reports whether a value is three or more plain words that say nothing about a system, with a separator or
// capitals between them: marble-monday-thunder, VelvetSaddleMarble.
func IsJoined(value string) bool {
	const longest = 80
	var words []string
	switch {
	case len(value) > longest:
		return false
	case separatedPattern().MatchString(value):
		words = strings.FieldsFunc(value, func(r rune) bool { return r < 'a' })
	case capitalPattern().MatchString(value):
		words = capitalWordPattern().FindAllString(value, -1)
	}
	return len(words) >= 3 && !slices.ContainsFunc(words, isDescriptive)
}

var separatedPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[a-z]{3,9}(?:(?:-[a-z]{3,9}){2,}|(?:\.[a-z]{3,9}){2,}|(?:_[a-z]{3,9}){2,})[-._]?[0-9]{0,4}$`)
})

var capitalPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:[A-Z][a-z]{2,8}){3,}[0-9]{0,4}$`) })

var capitalWordPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[A-Z][a-z]+`) })

// IsNumbered reports whether a value is words that say nothing about a system and a number, as people make passwords:
// velvet-breeze-94.
func IsNumbered(value string) bool {
	words := strings.TrimRight(value, "0123456789")
	return len(words) < len(value) && numberedPattern().MatchString(value) && IsUnrelated(words)
}

var numberedPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z]{3,}(?:[-_.][a-z]{3,})*[-_.][0-9]{1,4}$`) })

// IsPartlyUnrelated reports whether a value is words with hyphens of which one says nothing about passwords or systems, and which
// end in a noun: prom-operator, but not read-only, aws-managed.
func IsPartlyUnrelated(value string) bool {
	words := strings.Split(value, "-")
	return len(words) > 1 && !IsDescriptive(value) && !sentenceEndPattern().MatchString(words[len(words)-1])
}

var sentenceEndPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?:ed|ing|ly|able|ible|less|only|based)$`) })

// BeginsWithWords reports whether a text begins with four plain words that do not make a sentence: correct horse battery
// staple.
func BeginsWithWords(text string) bool {
	const least = 4
	count := 0
	for word := range strings.FieldsSeq(text) {
		if len(word) < 3 || len(word) > 9 || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") != "" || isDescriptive(word) {
			return false
		}
		if count++; count == least {
			return true
		}
	}
	return false
}

// AreUnrelated reports whether two or more words say nothing about passwords or systems, besides those that join them: stork
// and crane.
func AreUnrelated(text string) bool {
	count := 0
	for word := range strings.FieldsSeq(text) {
		switch {
		case !isDescriptive(word):
			count++
		case word != "and" && word != "the" && word != "or" && word != "over" && word != "under":
			return false
		}
	}
	return count >= 2
}

// IsMarkedWord reports whether a value is letters, digits and a mark, as people make passwords: Sommer2026!, Herbst#2025.
// An address and a pattern for names are not.
func IsMarkedWord(value string) bool {
	letters, digits, marks := 0, 0, 0
	for _, r := range value {
		switch {
		case unicode.IsLetter(r):
			letters++
		case unicode.IsDigit(r):
			digits++
		case strings.ContainsRune("!#$%&@+^~*", r):
			marks++
		case !strings.ContainsRune("-_.?", r):
			return false
		}
	}
	const shortest, longest = 6, 40
	return letters >= 3 && digits > 0 && marks > 0 && len(value) >= shortest && len(value) <= longest &&
		!unmarkedPattern().MatchString(value)
}

// unmarkedPattern matches what has a mark for another reason: an address, a pattern, a variable, a ticket, a share.
var unmarkedPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`@[\w-]+\.[\w.-]+$|^[a-z0-9._-]+@[a-z0-9-]+$|^[\w.-]+\*$|^\$|^[a-z]+#[0-9]+$|^[A-Z]{2,}#[0-9]+$|` +
			`%[0-9A-F]{2}|^[0-9.]+%|\+(?:[a-z]+)?$`,
	)
})

// IsDescription reports whether a text is two or more plain words that begin by describing something, as "see the vault"
// and "IRSA role of the pod" do.
func IsDescription(text string) bool {
	words := strings.Fields(text)
	if len(words) < 2 || slices.ContainsFunc(words, func(w string) bool { return !plainWordPattern().MatchString(w) }) {
		return false
	}
	return isDescriptive(words[0]) || acronymPattern().MatchString(words[0])
}

// BeginsCircumstance reports whether a text of several words begins with a word or a number that says where, whose or how
// long something is.
func BeginsCircumstance(text string) bool { return circumstancePattern().MatchString(text) }

var circumstancePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`^(?:(?:in|of|on|for|from|until|at|by|per|via|within|under|valid|expires|expired|managed|stored|kept|see) |[0-9]{1,3} [a-z]{3,})`,
	)
})

var plainWordPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[("']?(?:[0-9]?[A-Za-z]+(?:['-][A-Za-z]+)*|[0-9]{1,4}|[A-Z]{1,4}[0-9]{1,3})[.,;)"'!]*$`)
})

var acronymPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Z]{3,5}$`) })

// IsDescriptive reports whether a value consists of words that describe a system or a password: read-only, team=payments.
func IsDescriptive(value string) bool {
	words := strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune("-_.=,:/ ", r) })
	return len(words) > 0 && !slices.ContainsFunc(words, func(w string) bool { return !isDescriptive(w) })
}

// isDescriptive reports whether a word is in sentences, or describes a system or a password.
func isDescriptive(word string) bool {
	word = strings.ToLower(word)
	if sentenceWords[word] || describingWords[word] || describingWords[strings.TrimSuffix(word, "s")] {
		return true
	}
	return len(word) > 4 && slices.ContainsFunc([]string{"ed", "ing", "ly", "tion", "less", "able", "ible"}, func(ending string) bool {
		return strings.HasSuffix(word, ending)
	})
}

// IsUnrelated reports whether a word, or each of several words with hyphens or underscores, says nothing about passwords or
// systems.
func IsUnrelated(word string) bool {
	return !slices.ContainsFunc(strings.FieldsFunc(word, func(r rune) bool { return r == '-' || r == '_' }), isDescriptive)
}

func newSet(all string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(all) {
		set[word] = true
	}
	return set
}

var sentenceWords = newSet(`the and for with from into are was were has not per its our but when or is to in`)

// describingWords are in sentences about passwords, and in the names of parts of a system.
var describingWords = newSet(`
	a an as at be been being both by can cannot could did do does each else every few had have here how if it just kept made many may
	more most must never new next no none now of off old on once one only out over own same set she should since so some still such
	than that their them then there these they this those too two under until up upon used via want we well what where which while who
	why will without would yes yet you your after again all also always am any because before between during either few he her him his
	last least less other them today tomorrow yesterday week month year day hour minute weekly daily
	access account action active alg algorithm alpha beta canary
	activity address admin agent alert alias all allow analytics answer api app apply archive area argument
	attempt attribute audit auth author aws azure back backend backup bad base basic batch billing blank bot broker bucket build cache
	case cassandra cert certificate
	chain change channel char check chief ci class clean client cloud cluster code column command commit common config
	connect console consumer content context control cookie core count cred credential cron custom dash data database date db dead
	debug default demo denied deny deploy desc dev device digest dir disk dns doc docker domain driver dump east edge email empty
	elastic elasticsearch
	enable encoder end engine entry env error eu event exact example expired expiry export extra fail failure field file filter
	finance flag flow format fourth free front frontend full gate gateway gcp generator github gitlab global good grafana grant group
	guard handler hash head header health history home hook host http https iam id image import index info infra ingest initial input
	inside instance internal invalid
	issue replace me issuer item jenkins job json kafka key kind known kube kubernetes label legacy length level licence license limit line
	list live load local lock log login long look lower main manager manual map master match matching max mean memory menu message
	meta metric min misses mode model module monitor mount multi mutual mysql name namespace near node non north note null number
	object oidc okta open operator option order org orders other output owner page pair part partition pass passwd password path
	payment payments pem phrase pin pipeline place plain plan platform plugin policy pool port portal postgres prefix primary private
	process prod product production profile project prometheus prompt proper proto provider proxy public pull push pwd query queue
	quota random rate raw read reader ready real reason record redis ref region registry remote replica report request reset rest
	result retry review right risk role root rotation route router rule run runner safe sample sandbox scan schema scope script search
	second secret section see select self send server service session settings setup shard shared short side sign simple single site
	size slot socket source south space spec sql stack stage staging standard start state static status step sticky stop storage store
	stream string strong style sub superuser support switch sync syntax sys system table tag target task team temp temporal tenant test text
	third three time tls token tool top topic total trace traffic transfer tree trial try type ui unit unknown unset update upload username
	upper url usage user utility valid value var vault vendor verify version view virtual visibility volume wait warning weak web west
	wheel staff nogroup cost centre center dbname siehe vedi ver voir wiki window word work worker workflow wrong yaml zone`)

// Package textform has the patterns of secrets in command lines, connection strings, files of credentials and free text.
// Each states what decides whether its match is a secret.
package textform

import (
	"slices"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/redact/knownform"
)

// Decision states what makes a match of a pattern a secret. Groups are those of the pattern.
type Decision int

// Decisions.
const (
	FormAlone      Decision = iota // the pattern alone
	NoPlaceholder                  // the first group is a value, and not the placeholder of one
	SecretName                     // the first group is the name of a secret
	SecretColumn                   // the first group is a list of columns, of which one has the name of a secret
	SecretPath                     // the first group is a path that ends in the name of a secret
	PrintedFile                    // --password-file <(echo hunter2): a flag for a file, and its content
	Directive                      // a line of a configuration file: a name, and a value that only a password is like
	SpacedPair                     // secret_access_key 9fK…: a name and a value in longer text
	SetCommand                     // set NAME VALUE, but not: set password policy
	Attribute                      // <add key="BLOB" value="9fk…"/>: a name and a value
	NamedRandom                    // a name that can be that of a secret, and a random value or a UUID
	PasswordPair                   // USER:PASSWORD
	ColonRow                       // proxy:3128:ann:quay7731, but not broker:9092:topic:orders_v2
	Authorization                  // the value of an Authorization header
	ShortFlag                      // a flag of one letter, and its value
	WindowsFlag                    // net use /p:quay7731, but not msbuild /p:Platform=x64
	NumberedWord                   // letters and digits, but not a path, a ticket or a version
	StatedWord                     // letters and digits as in NumberedWord, but not a measure, a mode or a replica
	MixedRun                       // letters and digits in turns: abc123def456
	LetterAndDigit                 // letters and digits, but not a version
	MixedText                      // letters and digits, but not a placeholder or a mode
	UnlikeWord                     // letters and digits as in passwords, and not as in names
	MarkedWord                     // letters, digits and a mark: Sommer2026!
	UnlikeOrMarked                 // either of the two
	Irregular                      // random text, but not a path or a reference
	TokenOrUUID                    // random text or a UUID
	SpokenCode                     // unlock code 8831-2210, but not: unlock code path 4a
	QuotedPhrase                   // passphrase 'canyon quartz saddle7'
	PrintedWord                    // echo quayside | base64, but not: echo ready | base64
	JoinedNoun                     // password is still prom-operator, but not read-only
	PlainWord                      // a word that says nothing about passwords or systems
	WordPassword                   // password is marble-monday-thunder
	WordPhrase                     // passphrase is correct horse battery staple
	FewWords                       // passphrase: stork and crane
	WalletPhrase                   // as many plain words as the phrase of a wallet has
)

// form is a pattern with its part ([knownform.NewPattern]) and what decides.
type form struct {
	part, form string
	decision   Decision
}

// Pattern is a compiled pattern with what decides.
type Pattern struct {
	knownform.Pattern
	Decision Decision
}

// Patterns returns all patterns.
var Patterns = sync.OnceValue(func() []Pattern {
	var all []Pattern
	for _, f := range slices.Concat(commandForms, connectionForms) {
		all = append(all, Pattern{knownform.NewPattern(f.part, f.form), f.decision})
	}
	return all
})

package secretname

import "slices"

// isKeyWithKind reports whether a name has "key" before the kind of key, and no harmless word before that: DATA_KEY_AES.
func isKeyWithKind(words []string) bool {
	i := slices.Index(words, "key")
	return i >= 0 && i == len(words)-2 && secretKeyKinds[words[i+1]] && (i == 0 || !harmlessKeyKinds[words[i-1]])
}

// isSecretNoun reports whether a word alone makes a secret.
func isSecretNoun(word string) bool {
	return secretLastWords[word] || word == "token" || word == "key"
}

// hasSecretNoun reports whether one of the words makes a secret, and does not belong to a harmless key: cache key.
func hasSecretNoun(words []string) bool {
	for i, w := range words {
		if isSecretNoun(w) && (w != "key" || i == 0 || !harmlessKeyKinds[words[i-1]]) {
			return true
		}
	}
	return false
}

// isVersioned reports whether a word marks a secret that can have several versions.
func isVersioned(word string) bool {
	return word == "pass" || word == "token" || passwordWords[word] || containsSecretWord(word)
}

// isCursor reports whether the words of a name are those of a place in a list or a stream: nextPageToken, but not the token of
// Statuspage.
func isCursor(words []string) bool {
	n := len(words)
	if n < 2 {
		return false
	}
	before, last := words[n-2], singular(words[n-1])
	return last == "token" && cursorWords[before] && (before != "page" || n == 2 || pageWords[words[n-3]]) ||
		words[n-1] == "key" && before == "evaluated"
}

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

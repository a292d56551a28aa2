package secretname

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Fields that decide by their name what their neighbours or their parts are.

// IsServiceField reports whether a field is one of a service of Compose or ECS, which lists secrets by name.
func IsServiceField(name string) bool { return serviceFields[name] }

var serviceFields = stringSet(
	"image", "build", "ports", "depends_on", "healthcheck", "env_file", "volumes", "networks", "container_name", "deploy", "restart",
	"environment", "entrypoint",
)

// IsPublicPart reports whether a field of a JSON Web Key holds a part of the public key.
func IsPublicPart(name string) bool { return publicParts[name] }

var publicParts = stringSet("n", "x", "y", "e", "x5c", "x5t", "x5t#S256")

// IsPlainPart reports whether a field of a JSON Web Key describes the key.
func IsPlainPart(name string) bool { return plainParts[name] }

var plainParts = stringSet("kty", "kid", "use", "alg", "crv", "key_ops")

// IsPrivatePart reports whether a field of a JSON Web Key holds a part of the private key.
func IsPrivatePart(name string) bool { return privateParts[name] }

var privateParts = stringSet("d", "k", "p", "q", "dp", "dq", "qi", "oth")

// IsReferring reports whether a field has the name of a secret, or of its key, in a store: existingSecret.
func IsReferring(name string) bool {
	all := Split(name)
	return len(all) > 1 && referringWords[all[0]] && (all[0] == "existing" || containsSecretWord(all[1])) &&
		Classify(name).Kind == IfRandom
}

// IsService reports whether a name is only that of a service that has keys. Below it are all kinds of settings.
func IsService(name string) bool {
	all := Split(name)
	return len(all) == 1 && (keyServices[all[0]] || projectServices[all[0]])
}

// IsItemField reports whether a field next to the name of a Secret of Kubernetes names an item of it: clientSecretKey.
func IsItemField(name string) bool {
	if !strings.HasSuffix(strings.ToLower(name), "key") { // most names
		return false
	}
	all := Split(name)
	return len(all) > 1 && lastOf(all) == "key" && (isSecretNoun(all[len(all)-2]) || containsSecretWord(all[len(all)-2]))
}

// NamesSecret reports whether the value of a field is the name of a Secret of Kubernetes: existingSecret, secretName.
func NamesSecret(name string) bool {
	if lower := strings.ToLower(name); !strings.Contains(lower, "secret") && !strings.HasPrefix(lower, "existing") { // most names
		return false
	}
	all := Split(name)
	return len(all) > 1 && lastOf(all) == "name" && all[len(all)-2] == "secret" || IsReferring(name)
}

// HasRelation reports whether a name says that its fields have the names of others: passwordByService.
func HasRelation(name string) bool {
	return slices.ContainsFunc(Split(name), func(w string) bool { return relationWords[w] })
}

// IsAccount reports whether a field of a Secret of Kubernetes says where and as whom one logs in.
func IsAccount(name string) bool {
	return Classify(name).Kind == Never && accountFields[LastWord(name)]
}

// IsStructure reports whether a field of a secret does not hold it.
func IsStructure(name string) bool { return structureFields[strings.ToLower(name)] }

var structureFields = stringSet(
	"key", "environment", "items", "item", "annotations", "labels", "metadata", "selector", "condition", "export", "properties",
	"allowedvalues", "fn::getatt",
)

// PairRole returns 0 for a field that holds a name, 1 for a field that holds its value, and -1 for others.
func PairRole(key string) int {
	switch LastWord(key) {
	case "name", "key", "variable", "var", "k", "id", "param", "parameter", "header", "option", "field", "property", "flag", "env":
		return 0
	case "value", "val", "v", "default", "content", "data", "text", "string":
		return 1
	}
	return -1
}

// IsUserInfo reports whether a name is that of USER:PASSWORD.
func IsUserInfo(name string) bool { return userInfoPattern().MatchString(name) }

var userInfoPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`(?i)(user[._-]?(info|pass)|basic([._-]?auth)?|auth[._-]?users?|login|logon|sasl([._-]?plain)?|` +
			`zk[._-]?(auth|digest|acl)|zookeeper[._-]?(auth|digest|acl))$`,
	)
})

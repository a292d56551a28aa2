package redact

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/redact/commandline"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/phrase"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/plainform"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/randomness"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/secretname"
)

// hasStructuredSecret finds secrets in YAML or JSON that shape alone does not show, such as values in blocks or name
// and value in separate fields.
func hasStructuredSecret(text string, depth int) bool { return hasNamedStructure("", text, depth) }

// hasNamedStructure finds secrets in YAML or JSON that has a name.
func hasNamedStructure(name, text string, depth int) bool {
	if begins := strings.TrimLeft(text, " \t\r\n"); begins == "" || !strings.ContainsAny(begins[:1], "{[&!-") &&
		!strings.Contains(text, ": ") && !strings.Contains(text, ":\n") && !strings.Contains(text, ":\t") {
		return false
	}
	if !strings.Contains(strings.TrimSpace(text), "\n") {
		switch {
		case plainform.IsProse(text), isDescribed(text):
			return false
		case plainform.HasSpacedKey(text):
			return hasSpacedSecret(text)
		}
	}
	dec := yaml.NewDecoder(strings.NewReader(text))
	for range maxDocuments {
		var doc yaml.Node
		if dec.Decode(&doc) != nil {
			return false
		}
		for _, n := range doc.Content {
			if n.Kind != yaml.ScalarNode && isSecretNode(name, n, depth) {
				return true
			}
		}
	}
	return false
}

// isDescribed reports whether a line is a name with a description, as in "password: see the vault".
func isDescribed(line string) bool {
	name, rest, _ := strings.Cut(line, ": ")
	return !strings.ContainsAny(name, `{}[]"'=`) && (phrase.IsDescription(rest) || isCircumstance(rest))
}

// hasSpacedSecret finds a secret after the first colon of a line of prose, if the words before it name a secret: creds for
// staging: ops / 9fK….
func hasSpacedSecret(line string) bool {
	name, value, _ := strings.Cut(line, ": ")
	return hasHeaderSecret(name[strings.LastIndex(name, " ")+1:], value) ||
		canBeSecretName(name) && slices.ContainsFunc(strings.Fields(value), isPasswordLike)
}

// isReferenceTag reports whether a tag makes its value the name of a parameter, a resource or a variable.
func isReferenceTag(tag string) bool {
	return slices.Contains([]string{"!Ref", "!GetAtt", "!ImportValue", "!secret", "!env", "!ENV"}, tag)
}

// maxDocuments limits the YAML documents read from one text.
const maxDocuments = 16

// isSecretNode visits each node once. An alias is checked for its name only, because its content is checked at the
// anchor.
func isSecretNode(name string, n *yaml.Node, depth int) bool {
	switch n.Kind {
	case yaml.ScalarNode:
		return n.ShortTag() != "!!null" && !isReferenceTag(n.Tag) && n.Value != "" && !isPlaceholder(n.Value) &&
			!plainform.IsReference(n.Value) &&
			(IsSecretField(name, n.Value) && n.ShortTag() != "!!bool" ||
				hasSecret(n.Value, depth) || hasNamedSecret(name, n.Value, depth))
	case yaml.AliasNode:
		return IsSecretName(name) && n.Alias != nil && n.Alias.Kind == yaml.ScalarNode && isSecretNode(name, n.Alias, depth)
	case yaml.SequenceNode:
		if len(n.Content) == 2 && secretPairName(n.Content[0].Value, n.Content[1].Value) != "" {
			return true
		}
		if joinsNodes(n) {
			return true
		}
		items := make([]string, len(n.Content))
		for i, item := range n.Content {
			items[i] = item.Value
		}
		if secretArguments(items) != nil {
			return true
		}
		flag, command := "", ""
		for _, item := range n.Content {
			if isSecretNode(itemName(name, command, flag, item.Value), item, depth) ||
				isUserFlag(flag) && hasPasswordPair(item.Value) || isShortFlagSecret(command, flag, item.Value) {
				return true
			}
			flag, command = flagName(item.Value), lastPart(command+" "+item.Value)
		}
	case yaml.MappingNode:
		var near siblings
		for i := 0; i+1 < len(n.Content); i += 2 {
			near.add(n.Content[i].Value, n.Content[i+1].Value, n.Content[i+1].Kind == yaml.ScalarNode)
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i].Value
			of := near.fieldName(key, name)
			if isCommandKey(n.Content[i]) {
				of = ""
			}
			if !near.isPublicPart(key) && (hasSecret(key, depth) || isSecretNode(of, n.Content[i+1], depth)) {
				return true
			}
		}
	}
	return false
}

// secretPairName returns the name of a pair if it makes the value a secret, or "". Two names do not make a pair.
func secretPairName(name, value string) string {
	isActions := strings.Contains(name, ":") && strings.Contains(value, ":") // of a policy: secretsmanager:GetSecretValue
	if isActions || strings.HasPrefix(name, "-") || strings.Contains(name, "=") || secretname.IsIdentifier(value) ||
		randomness.CountClasses(value) < 2 || !IsSecretName(name) || canBeSecretName(value) || plainform.IsAssignment(value) ||
		secretname.IsDescriptive(value) || secretname.PairRole(value) == 1 || // the attribute of a resource: ["DbSecret", "Arn"]
		!IsSecretField(name, value) {
		return ""
	}
	return name
}

// siblings are the fields of a mapping, as far as they decide about each other.
type siblings struct {
	// called is the name that one field gives to another: name: DB_PASSWORD, value: …
	called string
	// prefix comes before "name" in the name of that field
	prefix                                           string
	isPair, isManifest, isService, isJWK, isExternal bool
	// namesSecret is set if a field names a Secret of Kubernetes, holdsSecret if another is not the name of one of its items
	namesSecret, holdsSecret bool
	// hasUser is set if u, in short for user, is one
	hasUser bool
}

func (s *siblings) add(key, value string, isText bool) {
	role := secretname.PairRole(key)
	if key == "path" && isText && strings.HasPrefix(value, "/") { // of a JSON Patch
		role, value = 0, value[strings.LastIndexByte(value, '/')+1:]
	}
	if role == 0 && isText && (s.called == "" || canBeSecretName(value)) {
		s.called, s.prefix = value, secretname.BeforeLast(key)
	}
	s.isPair = s.isPair || role == 1
	s.isManifest = s.isManifest || key == "kind" && value == "Secret"
	s.isService = s.isService || secretname.IsServiceField(key)
	s.isJWK = s.isJWK || key == "kty"
	s.hasUser = s.hasUser || key == "u" && isText && plainform.IsPlainWord(value)
	s.isExternal = s.isExternal || key == "remoteRef"
	s.namesSecret = s.namesSecret || value != "" && secretname.NamesSecret(key)
	s.holdsSecret = s.holdsSecret || secretname.IsItemField(key) && !phrase.IsDescriptive(strings.Join(secretname.Split(value), " "))
}

// fieldName returns the name that decides about a field's value: its own, its parent's, or the one in a neighbouring
// name field.
func (s *siblings) fieldName(key, around string) string {
	ofUser := secretname.UserMapValue(around)
	switch {
	case s.isManifest && (key == "data" || key == "stringData"), s.isJWK && secretname.IsPrivatePart(key):
		return manifestSecret
	case around == manifestSecret && secretname.IsAccount(key):
		return manifestAccount
	case s.hasUser && key == "p":
		return "password"
	case ofUser != "" && !secretname.IsUserField(key) && !canBeSecretName(key):
		return ofUser
	case s.isJWK && secretname.IsPlainPart(key), s.isPair && key == "key", s.isService && key == "secrets",
		(s.isExternal || s.namesSecret && !s.holdsSecret) && secretname.IsItemField(key):
		return "" // a name, or names
	case secretname.PairRole(key) == 1 && s.isPairOf(key) && canBeSecretName(s.called):
		return s.called
	case passesNameOn(around, key), strings.EqualFold(key, "default") && s.called == "" && around != "": // of a parameter
		return around
	case secretname.PairRole(key) == 1 && s.isPairOf(key) && s.called != "" && !canBeSecretName(key):
		return s.called // such as HEADERS, which only together with a value says more
	}
	return key
}

// isPairOf reports whether a field is the value to the name: HEADER_VALUE to HEADER_NAME, but not to SECRET_NAME.
func (s *siblings) isPairOf(key string) bool {
	prefix := secretname.BeforeLast(key)
	return prefix == "" || s.prefix == "" || prefix == s.prefix
}

// isPublicPart reports whether a field of a JSON Web Key is public: the modulus, a point of a curve, a certificate.
func (s *siblings) isPublicPart(field string) bool {
	return s.isJWK && secretname.IsPublicPart(field)
}

// isCommandKey reports whether a key is the beginning of a command or of code: curl -H "Authorization: Bearer $TOKEN".
func isCommandKey(key *yaml.Node) bool {
	return key.Style == 0 && (strings.Contains(key.Value, ` "`) || strings.Contains(key.Value, "({"))
}

// manifestSecret is the name of the data of a Kubernetes Secret: every value is one.
const manifestSecret = "kind: Secret"

// manifestAccount is the name of what a Secret says about an account besides its password.
const manifestAccount = "kind: Secret, account"

// passesNameOn reports whether fields below a secret's name are secret too, as in credentials: {user, value}. A
// section named authorization is not, nor are the names of a secret's parts.
func passesNameOn(name, key string) bool {
	switch kind := classifyName(name).Kind; {
	case kind == secretname.IfRandom: // keyByTenant: {acme: …}
		return !canBeSecretName(key) && !secretname.IsIdentifier(key) && secretname.PairRole(key) != 0 && key != "Ref" &&
			!secretname.IsService(name)
	case name == manifestSecret:
		return true
	case kind != secretname.Always, classifyName(key).Names:
		return false
	}
	return secretname.HasRelation(name) || secretname.LastWord(name) != "authorization" &&
		(!secretname.IsDescriptive(key) || secretname.IsPasswordOfRole(name, key)) && !secretname.IsStructure(key) && !secretname.IsReferring(key)
}

// joinsSecret reports whether a list that is joined, as by Fn::Join of CloudFormation, becomes a URL with a password.
func joinsSecret(delimiter string, items []any) bool {
	if len(delimiter) > 3 || len(items) < 2 {
		return false
	}
	parts := make([]string, len(items))
	for i, item := range items {
		text, isText := item.(string)
		if parts[i] = text; !isText || text == "" || plainform.IsReference(text) {
			parts[i] = "${REFERENCE}"
		}
	}
	return hasURLSecret(strings.Join(parts, delimiter))
}

// joinsNodes reports whether a list of nodes is joined to a URL with a password.
func joinsNodes(list *yaml.Node) bool {
	var all []any
	for _, item := range list.Content {
		all = append(all, item.Value)
	}
	if len(all) != 2 {
		return slices.ContainsFunc(all, beginsWithHost) && joinsSecret("", all)
	}
	var items []any
	for _, item := range list.Content[1].Content {
		items = append(items, item.Value)
	}
	variables := map[string]any{}
	for i := 0; i+1 < len(items); i += 2 {
		name, _ := items[i].(string)
		variables[name] = items[i+1]
	}
	template := list.Content[0].Value
	return list.Content[1].Kind == yaml.SequenceNode && joinsSecret(template, items) ||
		list.Content[1].Kind == yaml.MappingNode && insertsSecret(template, variables)
}

// beginsWithHost reports whether a part of a URL comes after its password.
func beginsWithHost(item any) bool {
	text, _ := item.(string)
	return strings.HasPrefix(text, "@")
}

// insertsSecret reports whether a text becomes a URL with a password when its variables have values, as by Fn::Sub.
func insertsSecret(template string, variables map[string]any) bool {
	if !strings.Contains(template, "${") || !strings.Contains(template, "://") || hasURLSecret(template) {
		return false
	}
	for name, value := range variables {
		if text, isText := value.(string); isText && text != "" && !plainform.IsReference(text) {
			template = strings.ReplaceAll(template, "${"+name+"}", text)
		}
	}
	return hasURLSecret(template)
}

// joinedPattern matches the end of a text that a password or a named value continues.
var joinedPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?:://[^\s/?#@:]*:|[?&;, ]([\w.-]+)=|^([\w.-]+)=)$`)
})

// itemName returns the name that decides about an item of a list: the flag before it, if that says something, or else the
// name of the list. The command is the items before the flag.
func itemName(list, command, flag, item string) string {
	switch {
	case commandline.IsReference(command, flag, item, true), list == "secrets" && plainform.IsItemName(item):
		return ""
	case flag == "" || !canBeSecretName(flag) && canBeSecretName(list) || plainform.IsAssignment(item), // TOKEN=, HOST=db
		strings.HasPrefix(item, "--"):
		return list
	case len(flag) == 1 && !canBeSecretName(flag):
		return "" // isShortFlagSecret decides
	}
	return flag
}

// isUserFlag reports whether a flag takes USER:PASSWORD.
func isUserFlag(flag string) bool {
	return slices.Contains([]string{"u", "user", "U", "proxy-user", "basic-auth", "a"}, flag)
}

// hasPasswordPair reports whether a text is USER:PASSWORD, and not a pair of ids or names, as --user 1000:1000.
func hasPasswordPair(text string) bool {
	user, password, is := strings.Cut(text, ":")
	return is && user != "" && password != user && !isPlaceholder(password) && !strings.HasPrefix(password, "//") &&
		strings.Trim(password, "0123456789") != "" && !strings.ContainsAny(password, ": ") &&
		(randomness.CountClasses(password) >= 2 || len(password) >= 8)
}

// isShortFlagSecret reports whether the value of a flag of one letter, of whatever program, can only be a password or a
// token: -p often takes a port, a path or the name of a project. The command is the text before the flag.
func isShortFlagSecret(command, flag, value string) bool {
	value = strings.TrimRight(value, "=")
	if len(flag) != 1 || len(value) < 8 || strings.ContainsAny(value, "/:=,$<{(") || plainform.IsVersion(value) ||
		randomness.IsFilePath(value) ||
		randomness.IsPhysicalName(value) ||
		plainform.IsResourceName(value) {
		return false
	}
	if program := plainform.KnownProgram(lastPart(command)); program != "" {
		return strings.ContainsAny(flag, "tTkK") && randomness.IsToken(value) && !plainform.TakesTaskQueue(program)
	}
	isPassword := strings.ContainsAny(flag, "pPwW") && randomness.CountClasses(value) >= 3 && randomness.HasLetterAndDigit(value) &&
		(strings.ContainsAny(value, "!#$%^&*~+") || !strings.ContainsAny(value, "._-@"))
	return isPassword ||
		strings.ContainsAny(flag, "kKtTsSaAxXCuU") &&
			(randomness.IsToken(value) || randomness.IsIrregular(value) && !plainform.IsHex(value))
}

// lastPart returns the end of a text, in which a command is searched.
func lastPart(text string) string { return text[max(0, len(text)-maxCommandLength):] }

const maxCommandLength = 2048

// flagName returns the name of the next list item: of a flag that takes it as its value, or of text that is joined with
// it, as in ["postgres://app:", PASSWORD, "@host"]. It returns "" for other items.
func flagName(text string) string {
	if m := joinedPattern().FindStringSubmatch(text); m != nil {
		return cmp.Or(m[1], m[2], "password")
	}
	if !strings.HasPrefix(text, "-") || strings.ContainsAny(text, "= ") {
		return ""
	}
	return strings.TrimLeft(text, "-")
}

package plainform

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// IsReference reports whether a value only says where a secret is: an ARN, a path into a secret store, or an expression of
// CloudFormation, Terraform or a programming language. An encrypted secret also leads to it only with the key.
func IsReference(value string) bool {
	begins := func(start string) bool { return strings.HasPrefix(value, start) }
	if strings.Contains(value, "(") && readerPattern().MatchString(value) {
		return true
	}
	return (strings.Contains(value, ":") || slices.ContainsFunc(referenceStarts, begins)) &&
		referencePattern().MatchString(value) && !credentialPattern().MatchString(value)
}

// readerPattern matches code of the AWS CDK, Pulumi and clients of Temporal that reads a secret from a store or a variable.
var readerPattern = sync.OnceValue(func() *regexp.Regexp {
	const (
		member = `(?:[A-Za-z_$][\w$]*\.)*`
		reader = member + `(?:from(?:SecretNameV2|SecretCompleteArn|SecretPartialArn|SecretAttributes|SecretsManager\w*|SsmParameter\w*|` +
			`Secret|GeneratedSecret)|secretsManager|secrets_manager|ssmSecure|ssm_secure|` +
			`(?:require|get)_?[sS]ecret\w*|[rR]equire|secret_?[vV]alue_?[fF]rom_?[jJ]son|(?:Lookup|Get)Secret\w*|[gG]etenv|GetEnv)` +
			`\([^()]*\)(?:\.[A-Za-z_]\w*(?:\([^()]*\))?)*`
		wrapper = member + `(?:secret|NewAPIKeyStaticCredentials|NewApiKeyStaticCredentials)`
	)
	return regexp.MustCompile(`^(?:new |await )?(?:` + reader + `|` + wrapper + `\(\s*` + reader + `\s*\))[})\];,]*$`)
})

// credentialPattern matches what a reference has if it also holds the credentials for its store.
var credentialPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)[?&][\w-]*(?:token|password|secret|key)=|\bhv[sb]\.|//dp\.[a-z]+\.`)
})

// referenceStarts begin the references that have no colon.
var referenceStarts = []string{
	"projects/", "!", "@Mic", "mrk-", "var.", "local.", "module.", "data.", "aws_", "google_", "azurerm_", "random_", "vault_", "tls_",
	"kubernetes_", "process.env", "spec.", "os.", "System.get", "credentials(", "Ag", "AQICA",
}

var referencePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`^(arn:aws[a-z-]*:[a-z0-9-]+:[A-Za-z0-9:/_+=.@*?-]+|` +
			`!(Ref|GetAtt|ImportValue|secret|env|ENV) [\w.:-]+|\{\s*"(Ref|Fn::ImportValue)"\s*:\s*"[\w:.-]+"\s*\}|` +
			`@Microsoft\.(KeyVault|AppConfiguration)\([^()\s]+\)|` +
			`(var|local|module|data)(\.[a-z][a-z0-9_]*(\[[\w".]+\])?)+|` +
			`(aws|google|azurerm|random|vault|tls|kubernetes)_[a-z_]+\.[a-z]\w*(\[[\w".]+\])?\.[a-z_]+|` +
			`spec(?:\.[a-z]\w*)+|` +
			`process\.env\.[A-Z_][A-Z0-9_]*|(os\.environ|os\.getenv|os\.Getenv|System\.getenv)([(\[]["'][A-Z_][A-Z0-9_]*["'][)\]])?|` +
			`(ref\+)?(op|vault|ssm|awssm|awsssm|gcpsm|secretsmanager|secretsstore|awssecrets|gcpsecrets|sops|akv|azurekeyvault|gcpsecretmanager|` +
			`aws-sm|gcp-sm|sm|bao|berglas|chamber|akeyless|keyvault|aws-secretsmanager|conjur|doppler|infisical|file)://?[A-Za-z0-9/_.@#?=-]+|` +
			`op://[\w .@-]+(/[\w .@?=-]+){1,3}|https://[a-z0-9-]+\.vault\.azure\.net/(secrets|keys|certificates)/[A-Za-z0-9-]+(/[0-9a-f]{32})?/?|` +
			`vault:v[0-9]+:[A-Za-z0-9+/]{24,}={0,2}|credentials\(["'][\w.-]+["']\)|` + // what Vault encrypted, of Jenkins
			`vault:[a-z0-9_-]+(/[A-Za-z0-9_.-]+)+(#[A-Za-z0-9_.-]+)?|` +
			`\{\s*("\w+"\s*:\s*"arn:aws[\w:/+=.@-]*"\s*,?\s*)+\}|` +
			`\[\s*(\{\s*"name"\s*:\s*"[\w.-]+"\s*,\s*"valueFrom"\s*:\s*"(arn:aws[\w:/+=.@-]*|/[\w./-]+)"\s*\}\s*,?\s*)+\]|` +
			`Ag[A-D][A-Za-z0-9+/]{680,}={0,2}|AQICA[A-Za-z0-9+/]{120,}={0,2}|` + // a SealedSecret, a ciphertext of KMS
			`secretref:[a-z0-9-]+|env:[A-Z_][A-Z0-9_]*|mrk-[0-9a-f]{32}|projects/[a-z0-9-]+/(secrets/[A-Za-z0-9_-]+(/versions/[a-z0-9]+)?|` +
			`locations/[\w-]+/keyRings/[\w-]+(/cryptoKeys/[\w-]+(/cryptoKeyVersions/[0-9]+)?)?))$`,
	)
})

// IsCommandResult reports whether a value is what a command reads from a store: $(aws secretsmanager get-secret-value …).
func IsCommandResult(value string) bool {
	if m := commandDefaultPattern().FindStringSubmatch(value); m != nil {
		value = m[1]
	}
	return strings.HasPrefix(value, "$") && commandPattern().MatchString(value) && !printPattern().MatchString(value)
}

// commandDefaultPattern matches a variable with a command as its default: ${KEY:-$(openssl rand -hex 32)}.
var commandDefaultPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\$\{\w+:?-(\$\([^()]+\))\}$`) })

// printPattern matches a command that prints what is not a variable.
var printPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?:echo|printf)\s+(?:-\w+\s+)*["']?[^\s"'$-]`)
})

// IsMember reports whether a value is a member of an object in source code: event.resultToken.
func IsMember(value string) bool { return memberPattern().MatchString(value) }

var memberPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`^(?:event|config|cfg|resp(?:onse)?|req(?:uest)?|this|self|args|opts|options|props|settings|ctx|context|params|payload|` +
			`body|state|client|session|inputs|vars)(?:\.[A-Za-z_]\w*)+$`,
	)
})

var commandPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`^\$?\$\((?:sudo |retry [0-9]+ |timeout [0-9]+ )?` +
			`(echo|printf|aws|vault|gcloud|az|kubectl|op|pass|sops|cat|openssl rand|pwgen|yq|jq|chamber|doppler) [^()<]+\)$`,
	)
})

// IsComposedName reports whether a value is a name of words and variables: ${AWS::StackName}-tokens.
func IsComposedName(value string) bool {
	return strings.Contains(value, "${") && composedPattern().MatchString(value)
}

var composedPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([a-z]+[-_./:])*\$\{[A-Za-z]\w*((::|\.)\w+)*\}([-_./:]([a-z]+|\$\{[A-Za-z]\w*((::|\.)\w+)*\}))*$`)
})

// IsShortNumber reports whether a value is a number of at most six digits, possibly with a unit or a word: 3 retries.
func IsShortNumber(value string) bool {
	return len(value) <= 40 && shortNumberPattern().MatchString(value)
}

var shortNumberPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^-?[0-9]{1,6}(\.[0-9]+)?(ms|s|m|h|d|%|[KMG]i?B?|/(?:s|m|h|d|sec|min|hour|day)|( [a-z]{2,12}){1,3})?$`)
})

// IsQuantity reports whether a value is a number of at most three digits, possibly with a unit, or several with their names:
// min=12,upper=1.
func IsQuantity(value string) bool { return len(value) <= 80 && quantityPattern().MatchString(value) }

var quantityPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:[0-9]{1,3}(?:\.[0-9]+)?(?:ms|s|m|h|d|w|y|%|[KMG]i?B?)?|[a-z]+=[0-9]{1,4}(?:,\s*[a-z]+=[0-9]{1,4})+)$`)
})

// IsCount reports whether a text begins with a number of at most three digits and a word: 4 found, 2 unused.
func IsCount(text string) bool { return countPattern().MatchString(text) }

var countPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]{1,3} (?:of|in|to|[a-z]{3,})\b`) })

// IsTicket reports whether a value is the number of a ticket or of an item: OPS-4711, PR#12.
func IsTicket(value string) bool { return ticketPattern().MatchString(value) }

var ticketPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`^(?:[A-Z][A-Z0-9]{1,9}-|(?i:pr|mr|gh|issue|bug|ticket|case|build|run|job|pk|sk|id|no|nr|order|tenant|user)#)[0-9]{1,9}$`,
	)
})

// IsPageLink reports whether a value is a link to a document or a design, whose id is random.
func IsPageLink(value string) bool {
	return strings.HasPrefix(value, "https://") && pageLinkPattern().MatchString(value)
}

var pageLinkPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`^https://(?:docs\.google\.com/(?:a/[\w.-]+/)?\w+(?:/u/[0-9])?/d|drive\.google\.com/(?:file/d|drive(?:/u/[0-9])?/folders)|` +
			`(?:www\.)?figma\.com/\w+|miro\.com/app/board|lucid\.app/\w+)/` +
			`[\w=-]+(?:/[\w-]*)*(?:\?(?:usp|gid|node-id)=[\w-]+)?(?:#[\w.=-]*)?[,.;:]?$`,
	)
})

// Package plainform recognises harmless values by their form: versions, dates, addresses, names.
package plainform

import (
	"math/big"
	"net/netip"
	"regexp"
	"strings"
	"sync"
)

// IsVersion reports whether a value is a version.
func IsVersion(value string) bool { return versionPattern().MatchString(value) }

var versionPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^v?[0-9]+\.[0-9]+(\.[0-9]+)?([.+-][0-9A-Za-z.+-]+)?$`)
})

// IsTime reports whether a value is a date, or a date and time.
func IsTime(value string) bool { return timePattern().MatchString(value) }

var timePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+(?:Z|[+-][0-9:]+)?)?$`)
})

// IsLicence reports whether a value names a licence of software.
func IsLicence(value string) bool { return licencePattern().MatchString(value) }

var licencePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`(?i)^(apache|mit|isc|bsd|bsl|busl|sspl|[al]?gpl(?:v?[0-9.]+)?|mpl|epl|cc0|cc-by|unlicense|elastic|proprietary|commercial)` +
			`([ -](v?[0-9.]+|clause|sa|or|later|only|license|licence))*$`,
	)
})

// IsReplica reports whether a value is the name of a host or pod with its number.
func IsReplica(value string) bool { return replicaPattern().MatchString(value) }

var replicaPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z]+(-[a-z]+)*-[0-9]{1,3}$`) })

// IsAddress reports whether a value is an IP address.
func IsAddress(value string) bool {
	_, err := netip.ParseAddr(value)
	return err == nil
}

// IsUUID reports whether a value is a UUID.
func IsUUID(value string) bool { return len(value) == 36 && uuidPattern().MatchString(value) }

var uuidPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
})

// RemoveUUIDs removes UUIDs from a text.
func RemoveUUIDs(text string) string { return anyUUIDPattern().ReplaceAllString(text, "") }

var anyUUIDPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b`)
})

// IsHex reports whether a value has hexadecimal digits only.
func IsHex(value string) bool { return strings.Trim(value, "0123456789abcdefABCDEF") == "" }

// IsIdentifier reports whether a value is a name of several plain words, as columns of tables are.
func IsIdentifier(value string) bool {
	return len(value) <= 64 && identifierPattern().MatchString(value)
}

var identifierPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([a-z]+([_.:-][a-z]+){1,2}|[a-z]+(?:[-_.:/][a-z]+)*[-_.:/][a-z]{2}-[a-z]+-[0-9][a-z]?|[a-z]+[_-]id|id|` +
		`[a-z]+(?:[A-Z][a-z]+){0,2}(?:I[dD]|Ids|Name|At|Key|Type|Code|Number|Email|Date|Time|Status|Version|Region)|` +
		`alias/[\w/-]+|[a-z0-9-]+(\.[a-z0-9-]+)+/[a-z][\w.-]*)$`)
})

// IsClassName reports whether a value is the name of a class of Java with its package.
func IsClassName(value string) bool { return classNamePattern().MatchString(value) }

var classNamePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:[a-z][a-z0-9_]*\.){2,}[A-Z][A-Za-z]+$`) })

// IsColumn reports whether a value is the name of a column or a field: tenant_id, orderId.
func IsColumn(value string) bool {
	return IsIdentifier(value) && strings.ContainsAny(value, "_.ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}

// IsMeasure reports whether a value is a number, a time or a date, possibly with a unit: 250ms, 10.0.0.1, 8vCPU, 2x16Gi.
func IsMeasure(value string) bool {
	return len(value) <= longestMeasure && measurePattern().MatchString(value)
}

// longestMeasure is longer than every measure, and shorter than the digits of a key.
const longestMeasure = 24

var measurePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`^[0-9][0-9.,:/_-]*(?:[a-zA-Z%]{1,5}|[A-Z][0-9:.]+Z?|x[0-9.]+[a-zA-Z]{0,5}|[a-z]{6,12}|` +
			`(?:[a-z]{1,2}[0-9]+)+[a-z]{0,2})?$`,
	)
})

// IsMachineType reports whether a value is the type of a machine: m7g.2xlarge, Standard_D8s_v5, n2-highmem-8.
func IsMachineType(value string) bool { return machineTypePattern().MatchString(value) }

var machineTypePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`^(?:[a-z]+[0-9]+[a-z0-9-]*\.(?:metal|[0-9]*x?(?:large|small|medium|micro|nano))(?:-[0-9]+xl)?|` +
			`Standard_\w+|[a-z][0-9][a-z]?-[a-z]+-[0-9]+)$`,
	)
})

// IsResourceName reports whether a value is a name of several words in camel case that say what it names, as workflows and
// queues have: OrderWorkflow2. Words that say nothing of the kind are a password: HarborTiger7.
func IsResourceName(value string) bool { return resourceNamePattern().MatchString(value) }

var resourceNamePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`^(?:[A-Z][a-z]+){1,5}V[0-9]{1,2}$|^(?:Queue|Partition|Shard|Worker|Tenant|` +
			`Cluster)(?:[A-Z][a-z]+){0,3}[0-9]{1,4}$|^v[0-9]+(?:alpha|beta|rc)[0-9]+$|` +
			`^[a-z]{2}(?:-[a-z]+){1,2}-[0-9][a-z]?$|^(?:[A-Za-z][a-z]+)(?:[A-Z][a-z]+){0,4}(?:Queue|Workflow|Worker|` +
			`Service|Topic|Task|Job|Profile|Project|Namespace|Cluster|Lab|Prod|Production|Staging|Stage|Activity|Schema|` +
			`Load|Test|Env|Pool|Group|Role|Stack|Table|Index|Shard|Zone|Region|Release|Build|Config|Policy|Provider|Signal|` +
			`Query|Update|Handler|Flow|Batch|Stream|Port|Plan|Phase|Package|Plugin|Module|Suite|Scenario|Case|Team|App|Api|` +
			`Server|Client|Store|Cache|Tenant|Order|Orders|Payments?|Refunds?|Invoices?)s?[0-9]{0,4}$`,
	)
})

// IsHost reports whether a value is the name of a host.
func IsHost(value string) bool { return hostPattern().MatchString(value) }

var hostPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9-]+(?:\.[a-z0-9-]+)+$`) })

// IsKeyID reports whether a value is the id or the fingerprint of a key of GnuPG, or the month or day a key is from.
func IsKeyID(value string) bool { return keyIDPattern().MatchString(value) }

var keyIDPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:0x[0-9A-F]{8,16}|[0-9A-F]{40}|20[0-9]{2}-[0-9]{2}(?:-[0-9]{2})?)$`)
})

// IsDatedID reports whether a value is an id that people give to keys: k-2024-11, prod2.
func IsDatedID(value string) bool { return datedIDPattern().MatchString(value) }

var datedIDPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z]{1,12}([-_.]?[0-9]{1,4}){1,3}$`) })

// IsStoreName reports whether a value is the name of a secret in a store: folders and a name, of plain words.
func IsStoreName(value string) bool { return storedPattern().MatchString(value) }

var storedPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^/?[a-z]+[0-9]{0,2}(-[a-z]+[0-9]{0,2})*(/[a-z]+[0-9]{0,2}([_-][a-z]+[0-9]{0,2})*)+$`)
})

// IsNameList reports whether a value is a list of plain words in JSON: ["db", "cache"].
func IsNameList(value string) bool { return nameListPattern().MatchString(value) }

var nameListPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\[\s*"[a-z]+(?:-[a-z]+)*"(?:\s*,\s*"[a-z]+(?:-[a-z]+)*")*\s*\]$`)
})

// IsProperty reports whether a value says how something is kept, as "base64-encoded" says of a password.
func IsProperty(value string) bool { return propertyPattern().MatchString(value) }

var propertyPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^[a-z]+[0-9]{0,4}(?:-[a-z0-9]+)*-(?:[a-z]+ed|only|based|safe|like|style|compatible|compliant)$`)
})

// BeginsInterval reports whether a text begins with an interval of time, or with a window of a week: mon:03:00-mon:04:00.
func BeginsInterval(text string) bool { return intervalPattern().MatchString(text) }

var intervalPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\s*(?:[0-9]{4}-[0-9]{2}-[0-9]{2}T|[a-z]{3}:[0-9]{2}:[0-9]{2}-)`)
})

// BeginsProperty reports whether a text begins with a name and =, as properties of MSBuild do.
func BeginsProperty(text string) bool { return namedValuePattern().MatchString(text) }

var namedValuePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z]\w*=`) })

// IsRegion reports whether a value is a region or a zone of a cloud: eu-west-1, eu-west-1a.
func IsRegion(value string) bool { return regionPattern().MatchString(value) }

var regionPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z]{2}(?:-[a-z]+){1,2}-[0-9][a-z]?$`) })

// HasTurns reports whether letters and digits take turns in a value, as in abc123def456 and heron7nest.
func HasTurns(value string) bool { return turnsPattern().MatchString(value) }

var turnsPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[A-Za-z][0-9]+[A-Za-z]+[0-9]|[0-9][A-Za-z]+[0-9]+[A-Za-z]|[a-z]{3}[0-9]+[a-z]{3}`)
})

// IsFileName reports whether a value is the name of a file of text or code: v2.html.
func IsFileName(value string) bool { return fileNamePattern().MatchString(value) }

var fileNamePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`^[\w-]+(?:[./][\w-]+)*\.(?:x?html?|tmpl|jsx?|tsx?|css|go|py|rb|java|kt|cs|php|sh|sql|md|rst|svg|png|jpe?g|gif|log|csv|xml)$`,
	)
})

// IsLoginList reports whether a value is USER:PASSWORD, or several of them with commas, and not a host with its port or a user
// with rights.
func IsLoginList(value string) bool {
	return loginListPattern().MatchString(value) && !rightsPattern().MatchString(value)
}

var loginListPattern = sync.OnceValue(func() *regexp.Regexp {
	const login = `[A-Za-z][\w.@+-]*(?::[^\s:/,]+|=[^\s:/,=]*[0-9][^\s:/,=]*)`
	return regexp.MustCompile(`^` + login + `(?:,\s*` + login + `)*$`)
})

var rightsPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:[^:]+:(?:[0-9]+|r|w|ro|rw|read|write)(?:,|$))+$`)
})

// IsKSUID reports whether a value is a KSUID of the years 2017 to 2031: a time and random bits in base 62, as ids of
// requests and events are.
func IsKSUID(value string) bool {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	const length, first, last = 27, 1_483_228_800, 1_925_000_000
	if len(value) != length {
		return false
	}
	number, base := new(big.Int), big.NewInt(int64(len(digits)))
	for i := range len(value) {
		digit := strings.IndexByte(digits, value[i])
		if digit < 0 {
			return false
		}
		number.Mul(number, base).Add(number, big.NewInt(int64(digit)))
	}
	seconds := number.Rsh(number, 128) // since May 2014
	if !seconds.IsInt64() {
		return false
	}
	at := seconds.Int64() + 1_400_000_000
	return at >= first && at < last
}

// IsULID reports whether a value is a ULID of this century.
func IsULID(value string) bool { return len(value) == 26 && ulidPattern().MatchString(value) }

var ulidPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^0[12][0-9A-HJKMNP-TV-Z]{24}$`) })

// IsSentence reports whether a value is a few plain words. More can be the phrase of a wallet.
func IsSentence(value string) bool {
	words := strings.Fields(value)
	return len(words) >= 3 && len(words) < 12 && !strings.ContainsAny(value, "0123456789=")
}

// IsPrintable reports whether a value can be a password that a command prints, and not a variable, a format, JSON or what
// examples print.
func IsPrintable(value string) bool {
	return !strings.ContainsAny(value, "$%{}[]<>\\=`") && !exampleWords[strings.ToLower(value)] && !IsShortNumber(value) &&
		!IsMode(value) && !IsHost(value) && !IsVersion(value)
}

var exampleWords = newSet(
	"hello", "world", "foo", "bar", "baz", "ok", "pong", "ping", "hi", "started", "finished", "success", "input", "it",
)

// IsShortWord reports whether a value is a word of at most ten small letters, as a column of a table is.
func IsShortWord(value string) bool {
	return len(value) <= 10 && strings.Trim(value, "abcdefghijklmnopqrstuvwxyz") == ""
}

// IsPlainWord reports whether a value is a word of a sentence.
func IsPlainWord(value string) bool {
	return strings.Trim(value, "abcdefghijklmnopqrstuvwxyz.,;") == ""
}

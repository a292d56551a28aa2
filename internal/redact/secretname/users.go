package secretname

// Names of what is below a mapping of users. Each value can be a password, whatever its key.
const (
	// LoginValue is a password, except for a role or an address: basic_auth_users, codecLogins.
	LoginValue = "logins: value"
	// UserValue is a password only if it looks like one, as it often is a role or a team: users, accounts.
	UserValue = "users: value"
)

// UserMapValue returns the name that decides about the values of a mapping of users, or "".
func UserMapValue(name string) string {
	all := Split(name)
	if !userNouns[lastOf(all)] {
		return ""
	}
	for _, w := range all {
		if loginPrefixes[w] || w == "logins" {
			return LoginValue
		}
	}
	return UserValue
}

// IsUserField reports whether a field of a user says something other than a password.
func IsUserField(name string) bool {
	return PairRole(name) == 0 || userFields[LastWord(name)] || loginWords[LastWord(name)]
}

// IsPasswordOfRole reports whether a field is below several passwords and has the name of a role: passwords: {owner: …}.
func IsPasswordOfRole(name, field string) bool {
	last := LastWord(name)
	return roleWords[field] && singular(last) != last && (containsSecretWord(last) || passwordWords[last])
}

var userNouns = stringSet("users", "accounts", "logins")

// userFields describe a user.
var userFields = stringSet(
	"user", "username", "u", "login", "email", "mail", "role", "roles", "group", "groups", "arn", "userarn", "kind", "type", "team",
	"scope", "scopes", "permissions", "namespace", "tenant", "comment", "description", "url", "host", "region",
)

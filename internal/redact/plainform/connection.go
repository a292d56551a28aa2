package plainform

import (
	"regexp"
	"sync"
)

// IsConnection reports whether a value is the address of a database or its parameters, possibly with variables, and has no
// place for a password.
func IsConnection(value string) bool {
	return connectionPartPattern().MatchString(value) ||
		connectionPattern().MatchString(variablePattern().ReplaceAllString(value, "variable"))
}

// connectionPartPattern matches a part of an address that is put together: jdbc:mysql://, /orders.
var connectionPartPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:[a-z][a-z0-9+:]*://|[:/@?]|/[A-Za-z][A-Za-z_-]*)$`)
})

// IsAssignment reports whether a value begins by setting a variable: DB_HOST=db.
func IsAssignment(value string) bool { return assignmentPattern().MatchString(value) }

var assignmentPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+=`) })

// RemovePlaceholders removes passwords that only variables or templates take the place of: Password=${DB_PASSWORD};.
func RemovePlaceholders(connection string) string {
	return passwordPattern().ReplaceAllString(connection, "$1")
}

var passwordPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(^|[;?& ])(?:password|pwd)=(?:\$\{[A-Za-z_]\w*\}|\$\([A-Za-z_]\w*\)|<[a-z_ -]+>)(?:[;& ]|$)`)
})

// ReplaceTemplates replaces expressions of templates in a text with a variable.
func ReplaceTemplates(text string) string {
	return templatePattern().ReplaceAllString(text, "$${VARIABLE}")
}

// variablePattern matches variables in a longer text.
var variablePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\$\([A-Za-z_]\w*\)|\$\{[A-Za-z_]\w*(?:(?:::|\.)\w+)*:?\}`)
})

var templatePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{\{[^{}]*\}\}`) })

var connectionPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`^((host|hostaddr|port|user|dbname|sslmode|sslrootcert|sslcert|application_name|connect_timeout|target_session_attrs|` +
			`options)=[\w.,:/-]+( |$)){2,}$|` +
			`^(postgres(ql)?|mysql|mariadb|mongodb(\+srv)?|redis|rediss|amqps?|nats|cassandra|kafka|sqlserver|jdbc:[a-z]+)://` +
			`([a-z][\w.-]{0,18}@)?[\w.,:-]+(/[\w.-]*)?(\?[\w=&./-]+)?$|` +
			`^(?i:(?:host|server|data source|address|port|user(?: id|name)?|uid|database|initial catalog|ssl ?mode|encrypt|pooling|` +
			`timeout|application name|authentication)=[\w.,:/\\ -]*(?:;\s*|$)){2,}$|` +
			`^[a-z_]+=[a-z0-9_.,-]*(&[a-z_]+=[a-z0-9_.,-]*)*$`, // its parameters
	)
})

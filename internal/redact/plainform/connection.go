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

// ReplaceTemplates replaces expressions of templates in a text with a variable.
func ReplaceTemplates(text string) string {
	return templatePattern().ReplaceAllString(text, "$${VARIABLE}")
}

// variablePattern matches variables in a longer text.
var variablePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\$\([A-Za-z_]\w*\)|\$\{[A-Za-z_][\w:.]*\}`)
})

var templatePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{\{[^{}]*\}\}`) })

var connectionPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`^((host|hostaddr|port|user|dbname|sslmode|sslrootcert|sslcert|application_name|connect_timeout|target_session_attrs|` +
			`options)=[\w.,:/-]+( |$)){2,}$|` +
			`^(postgres(ql)?|mysql|mariadb|mongodb(\+srv)?|redis|rediss|amqps?|nats|cassandra|kafka|sqlserver|jdbc:[a-z]+)://` +
			`([a-z][\w.-]{0,18}@)?[\w.,:-]+(/[\w.-]*)?(\?[\w=&./-]+)?$|` +
			`^[a-z_]+=[a-z0-9_.,-]*(&[a-z_]+=[a-z0-9_.,-]*)*$`, // its parameters
	)
})

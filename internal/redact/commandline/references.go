package commandline

import (
	"regexp"
	"strings"
	"sync"
)

// references are flags with the name of a secret's that take something else, by program: the name of a secret in a store, or
// nothing, so that the name of a database follows.
const references = `
docker podman nerdctl buildah buildctl: secret
mysql mysqldump mysqladmin mysqlimport mysqlcheck mysqlshow mysqlslap mysqlbinlog mysqlpump mysql_upgrade: password
mariadb mariadb-dump mariadb-admin mariadb-import mariadb-check mariadb-show mariadb-slap mariadb-binlog: password
psql pg_dump pg_dumpall pg_restore pg_basebackup pgbench createdb dropdb createuser dropuser vacuumdb reindexdb: password
`

// referenceFlags are the flags of each program.
var referenceFlags = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(references) {
		names, flag, _ := strings.Cut(strings.TrimSpace(line), ": ")
		for name := range strings.FieldsSeq(names) {
			all[name] = flag
		}
	}
	return all
})

// IsReference reports whether what comes after a flag, as the next argument or after =, names a secret or something else,
// and is not a secret. The command is the text before the flag.
func IsReference(command, flag, value string, isNext bool) bool {
	flag = strings.TrimLeft(flag, "-")
	switch {
	case flag == "secret" && mountPattern().MatchString(value):
	case flag != "secret" && (flag != "password" || !isNext), !referencePattern().MatchString(value):
		return false
	}
	start := strings.LastIndexAny(command, "|;&\n") + 1
	for word := range strings.FieldsFuncSeq(command[start:], func(r rune) bool { return strings.ContainsRune(" \t\"',[]", r) }) {
		if referenceFlags()[programName(word)] == flag {
			return true
		}
	}
	return false
}

// mountPattern matches how docker mounts a secret: id=npm,src=.npmrc.
var mountPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:(?:id|type|src|source|target|env|mode|uid|gid|required)=[\w./~$-]+(?:,|$))+$`)
})

// referencePattern matches a name of words.
var referencePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z]+(?:[_.-][A-Za-z]+)*$`) })

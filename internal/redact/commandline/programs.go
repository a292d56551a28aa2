package commandline

import (
	"strings"
	"sync"
)

// programs lists how programs take secrets that no name marks, as "name…: form; form". A program
// without forms only ends the arguments of the one before it. In a form, # is the secret, _ is any other argument, and
// everything else is as the user writes it:
//
//	-p #        the argument after -p, also as -p=#
//	-p#         the rest of the argument that begins with -p
//	-*w #       the argument after flags of one letter, of which w is the last
//	-u _:#      the part of an argument after its first colon
//	add _ #     the second argument after the word add, flags left out
//	put =#      the values of all arguments NAME=VALUE after the word put
//
// Flags whose name says that their value is a secret, such as --password, are found by their names.
//
//nolint:misspell // names of programs
const programs = `
mysql mysqldump mysqladmin mysqlimport mysqlcheck mysqlshow mysqlslap mysqlsh mysqlbinlog mysqlpump mysql_upgrade: -p#
mariadb mariadb-dump mariadb-admin mariadb-import mariadb-check mariadb-show mariadb-slap mariadb-binlog: -p#
xtrabackup mariabackup mariadb-backup mydumper myloader: -p#
redis-cli valkey-cli keydb-cli redis-benchmark valkey-benchmark: -a #
redis-cli valkey-cli keydb-cli: AUTH #; auth #; AUTH _ #; auth _ #; requirepass #; masterauth #; SETUSER _ >#; setuser _ >#
mongo mongosh mongodump mongorestore mongoexport mongoimport mongostat mongotop: -p #; -p#
cqlsh dse: -p #; -p#
nodetool sstableloader: -pw #
sqlcmd bcp osql tsql isql mssql-cli go-sqlcmd: -P #; -P#
beeline trino cypher-shell cbq cbbackupmgr couchbase-cli: -p #
rabbitmqctl: add_user _ #; change_password _ #; authenticate_user _ #
rabbitmqadmin: -p #
etcdctl: --user _:#
elasticsearch-users: -p #
consul: set-agent-token _ #
kadmin: -w #; -pw #

ldapadd ldapcompare ldapdelete ldapexop ldapmodify ldapmodrdn ldapsearch ldapurl ldapwhoami: -*w #; -w#
ldappasswd: -*w #; -w#; -a #; -s #
kinit: --password #

curl: -*u _:#; -u_:#; --user _:#; -U _:#; -U_:#; --proxy-user _:#; -E _:#; --cert _:#; --proxy-cert _:#
http https xh xhs: -a _:#; --auth _:#
hey oha bombardier vegeta: -a _:#
ab: -A _:#; -P _:#
lftp: -u _,#
smbclient smbget rpcclient smbcacls: -U _%#; -U_%#
mosquitto_pub mosquitto_sub mosquitto_rr mqttx: -P #
mosquitto_passwd: -b _ _ #
swaks: -ap #
sendemail: -xp #
ncftpget ncftpput ncftpls: -p #

sshpass: -p #; -p#
ssh scp sftp rsync:
plink pscp psftp putty: -pw #
ssh-keygen: -N #; -N#; -P #; -P#
ipmitool: -P #; -P#; user set password _ #
racadm: -p #
snmpget snmpset snmpwalk snmpbulkwalk snmpbulkget snmpgetnext snmptable snmpstatus snmptrap snmpinform: -A #; -X #; -c #
zabbix_sender: --tls-psk #
wpa_passphrase: _ #
xfreerdp wfreerdp: /p:#
rdesktop: -p #
virt-viewer: -p #

docker podman nerdctl buildah helm oc cf ibmcloud az skopeo crane regctl oras: login -p #; login -p#
crane regctl: auth login -p #
twine: upload -p #
conan: user -p #; login -p #
dotnet nuget choco: push -k #; add -p #; apikey -k #
gem: push -k #
swift: -K #
ngrok: authtoken #; add-authtoken #
snyk: auth #
codecov: -t #
cargo rclone doctl: login #
rclone: obscure #
temporal tctl tdbg: --grpc-meta Authorization=#; --grpc-meta authorization=#; --codec-auth #; --codec_auth #
vault: kv put =#; kv patch =#
heroku: config:set =#
mc mcli: alias set _ _ _ #; config host add _ _ _ #
grafana-cli: reset-admin-password #
grafana: reset-admin-password #

openssl: passwd #; -k #; -K #; -passin pass:#; -passout pass:#; -pass pass:#; -password pass:#
keytool jarsigner: -keypass #; -new #
apksigner: --ks-pass pass:#; --key-pass pass:#
signtool: /p #
osslsigncode: -pass #
pk12util: -W #; -K #
mkpasswd: -m _ #
security: -w #; unlock-keychain -p #; import -P #
zip unzip zipcloak: -P #; -P#
7z 7za 7zr 7zz: -p#
rar unrar: -p#; -hp#
useradd usermod: -p #; -p#
caddy: hash-password -p #
htpasswd: -*b _ _ #
pdftk qpdf: user_pw #; owner_pw #
`

// argument is one part of a form.
type argument struct {
	before, separator string // text before the secret: all of it, or what ends in the separator
	word              string // a flag or a word as the user writes it
	cluster           byte   // the last of several flags of one letter
	isAny             bool
	isAll             bool // all arguments NAME=VALUE
}

type form []argument

// programForms are the forms of each program.
var programForms = sync.OnceValue(func() map[string][]form {
	all := map[string][]form{}
	for line := range strings.Lines(programs) {
		names, forms, isProgram := strings.Cut(strings.TrimSpace(line), ":")
		if !isProgram {
			continue
		}
		var parsed []form
		for text := range strings.SplitSeq(forms, ";") {
			if f := parseForm(text); f != nil {
				parsed = append(parsed, f)
			}
		}
		for name := range strings.FieldsSeq(names) {
			all[name] = append(all[name], parsed...)
		}
	}
	return all
})

func parseForm(text string) (f form) {
	for word := range strings.FieldsSeq(text) {
		before, isSecret := strings.CutSuffix(word, "#")
		start, separator, isPair := strings.Cut(before, "_")
		switch {
		case word == "=#":
			f = append(f, argument{isAll: true})
		case isSecret && isPair:
			f = append(f, argument{before: start, separator: separator})
		case isSecret:
			f = append(f, argument{before: before})
		case word == "_":
			f = append(f, argument{isAny: true})
		case strings.HasPrefix(word, "-*"):
			f = append(f, argument{cluster: word[len(word)-1]})
		default:
			f = append(f, argument{word: word})
		}
	}
	return f
}

package commandline_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/measure"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/commandline"
)

func TestSecrets(t *testing.T) {
	for text, want := range map[string][]string{
		`mysql -h db -u app -pquay app`:                        {"quay"},
		`mysql -h db -u app '-pquay side' app`:                 {"quay side"},
		`mysql -h db -u app -p app`:                            nil,
		`docker run --name mysql -p13306:3306 mysql:8.4`:       nil,
		`sudo /usr/bin/redis-cli -a=quay ping; redis-cli -n 2`: {"quay"},
		`curl -sSu ann:quay https://x`:                         {"quay"},
		`curl -u ann https://x`:                                nil,
		`sshpass -p quay ssh -p 2222 ann@host`:                 {"quay"},
		`ssh db "sh -c 'mysql -pquay'"`:                        {"quay"},
		`sshpass -e ssh -p 2222 ann@host`:                      nil,
		`docker login --username ci -p quay registry`:          {"quay"},
		`docker run -p 8080:80 nginx`:                          nil,
		"ldapsearch -x \\\n  -D cn=admin \\\n  -w quay":        {"quay"},
		`ldapsearch -xDw cn=admin quay`:                        {"cn=admin"},
		`openssl rsa -passin pass:quay -in a`:                  {"quay"},
		`openssl rsa -passin env:QUAY -in a`:                   nil,
		`vault kv put -mount=kv app a=quay b=@file c=side`:     {"quay", "side"},
		`rabbitmqctl add_user mysql quay`:                      {"quay"},
		`echo "it's fine" && htpasswd -b f ann quay`:           {"quay"},
		`smbclient -U 'DOM\ann%quay' //s/x`:                    {"quay"},
		`redis-cli -a "$PASSWORD" -a ${OTHER} -a $(cat f)`:     {"$PASSWORD", "${OTHER}", "$(cat f)"},
		``: nil,
	} {
		if got := commandline.Secrets(text); !slices.Equal(got, want) {
			t.Errorf("%s: found %q, want %q", text, got, want)
		}
	}
}

func TestInArguments(t *testing.T) {
	got := commandline.InArguments([]string{"CMD", "mysqladmin", "ping", "-pquay"})
	if want := []commandline.Secret{{Text: "quay", Index: 3}}; !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
}

// The time to search a text grows with its length alone, whatever programs it repeats.
func TestLongTextsAreSearchedInTime(t *testing.T) {
	for _, part := range []string{
		"mysql ", "-x curl ", "docker login ", "vault kv put a=b ", "openssl passwd -k ", "'", `"`, "$(", "\\", "a b ",
	} {
		text := strings.Repeat(part, (128<<10)/len(part))
		start := measure.ProcessorTime()
		commandline.Secrets(text)
		if used := measure.ProcessorTime() - start; used > 2*time.Second {
			t.Errorf("%q takes %s", part, used)
		}
	}
}

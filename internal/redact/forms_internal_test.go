package redact

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/knownform"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/textform"
)

// The part of a form, which is searched first, is in every text that the form matches, in any case.
func TestPartsAreInWhatFormsMatch(t *testing.T) {
	var known []string
	for _, file := range []string{"secrets.yaml", "more_secrets.yaml", "lookalikes.yaml", "more_lookalikes.yaml"} {
		data, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		var some []struct{ Name, Value string }
		if err := yaml.Unmarshal([]byte(strings.ReplaceAll(string(data), "¦", "")), &some); err != nil {
			t.Fatal(err)
		}
		for _, k := range some {
			known = append(known, k.Value, k.Name+" is "+k.Value)
		}
	}
	var texts []string
	chosen := rapidtest.Choose(len(known))
	for _, n := range chosen {
		texts = append(texts, known[n])
	}
	for _, name := range []string{
		"password", "passwd", "passwort", "pw", "pwd", "psw", "pass", "passcode", "token", "credential", "secret", "api key", "apikey",
		"access token", "passphrase", "pin", "otp", "login", "log in", "sign in", "credentials", "creds", "user", "admin", "root",
		"administrator", "superuser",
	} {
		texts = append(texts, name+" Quay7731x", name+" is 4711", name+": Quay!7731x", name+" bob: Quay7731x", name+"/Quay7731x")
	}
	texts = append(
		texts, `auth=("ann", "Quay7731x")`, "ssh ann@host, password quayside",
		"license key ABCD-EF12-GH34", "licence key: ABCD-EF12-GH34", "requirepass\tQuay7731x",
		"seed phrase: "+strings.Repeat("quay ", 12), "wallet words "+strings.Repeat("quay ", 12),
	)
	matched := map[int]bool{}
	for _, text := range texts {
		// (a pattern in any case also matches the long s, and the sign of Kelvin)
		spellings := []string{text, strings.ToUpper(text), strings.ReplaceAll(text, "s", "ſ"), strings.ReplaceAll(text, "k", "\u212a")}
		slices.Sort(spellings)
		for _, spelled := range slices.Compact(spellings) {
			for i, form := range textform.Patterns() {
				if form.Words == nil && !strings.HasPrefix(form.Regexp().String(), "(?i)") || !form.Regexp().MatchString(spelled) {
					continue
				}
				matched[i] = true
				if !form.CanMatch(spelled, knownform.LowerLetters(spelled)) {
					t.Errorf("%q matches %q, and has not its part", spelled, form.Regexp())
				}
			}
		}
	}
	for i, form := range textform.Patterns() {
		if form.Words != nil && !matched[i] && len(chosen) == len(known) {
			t.Errorf("no text matches %q", form.Regexp())
		}
	}
}

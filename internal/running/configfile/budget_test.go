package configfile

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/measure"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// What a small file makes of itself is bounded, in every format.
func TestSmallFilesStaySmall(t *testing.T) {
	serve := func(service string, n int) string {
		var text strings.Builder
		text.WriteString("services:\n")
		for i := range n {
			fmt.Fprintf(&text, "  s%d: %s\n", i, service)
		}
		return text.String()
	}
	ranged := "{environment: {A: 1}, ports: [%s]}"
	long := strings.Repeat("x", 60_000)
	numbered := func(n int, line string) string {
		var text strings.Builder
		for i := range n {
			fmt.Fprintf(&text, line+"\n", i)
		}
		return text.String()
	}
	for name, c := range map[string]struct {
		format deployed.Format
		text   string
		fits   bool
		most   uint64 // MiB
	}{
		"ports":              {deployed.Compose, serve(fmt.Sprintf(ranged, `"1-65535:1-65535"`), 300), true, 64},
		"ports with address": {deployed.Compose, serve(fmt.Sprintf(ranged, `"127.0.0.1:1-65535:1-65535/udp"`), 300), true, 64},
		"ports by default":   {deployed.Compose, serve(fmt.Sprintf(ranged, `"${P:-1-65535}"`), 300), true, 64},
		"ports by alias":     {deployed.Compose, "x-p: &p [1-65535]\n" + serve("{environment: {A: 1}, ports: *p}", 300), true, 64},
		"ports by extends":   {deployed.Compose, serve("{extends: base}", 300) + "  base: " + fmt.Sprintf(ranged, "1-65535") + "\n", true, 64},
		"ports of jobs":      {deployed.Compose, serve("{environment: {A: 1}}", 1) + "jobs:\n  j: {image: i, ports: [1-65535]}\n", true, 16},
		"an env file":        {deployed.Env, "A=" + long + "\n" + numbered(100_000, "B%d=$A"), false, 128},
		"labels":             {deployed.Compose, "x-l: &l " + long + "\n" + serve("{environment: {A: 1}, labels: {L: *l}}", 1000), false, 128},
		"aliases":            {deployed.DynamicConfig, "a: [{value: &v " + long + "}]\n" + numbered(1500, "k%d: [{value: *v}]"), false, 128},
		"documents":          {deployed.Compose, strings.Repeat("---\n", 80_000), false, 128},
		"settings":           {deployed.DynamicConfig, numbered(3000, "k%d: [{value: 1}]"), false, 64},
		"config maps": {
			deployed.Kubernetes,
			"apiVersion: v1\nkind: ConfigMap\ndata:\n  a.yaml: &a \"" + long + "\"\n" + numbered(2000, "  b%d.yaml: *a"),
			false, 256,
		},
		"a release": {
			deployed.Kubernetes,
			"apiVersion: v1\nkind: HelmRelease\nmetadata: {name: a}\nspec:\n  valuesFrom: [{name: a, kind: ConfigMap}]\n" + nested(12),
			false, 256,
		},
		"references": {
			deployed.Stack,
			"Resources:\n  T: &t {Type: 'AWS::ECS::TaskDefinition', Properties: {ContainerDefinitions: [{Name: a, " +
				"Environment: [{Name: A, Value: " + long + "}]}]}}\n" + numbered(2000, "  R%d: *t"),
			false, 256,
		},
		"a plan": {
			deployed.Terraform,
			`{"planned_values": {"root_module": {"resources": [` + strings.TrimSuffix(
				strings.Repeat(`{"type": "aws_ecs_service", "values": {"name": "a", "desired_count": 1}},`, 10_000),
				",",
			) + "]}}}",
			false, 256,
		},
		"a list": {deployed.DynamicConfig, "k: [{value: [" + strings.Repeat("1,", 50_000) + "1]}]\n", false, 128},
	} {
		var err error
		n := measure.Allocated(func() { _, err = Reader{Format: c.format}.Text(context.Background(), "given", []byte(c.text)) })
		if n > c.most<<20 {
			t.Errorf("%s: %d bytes make %d MiB", name, len(c.text), n>>20)
		}
		switch {
		case c.fits && err != nil:
			t.Errorf("%s: %v", name, err)
		case !c.fits && (err == nil || !strings.Contains(err.Error(), "given:") || !strings.Contains(err.Error(), "more than the limit of ")):
			t.Errorf("%s: %v names no limit", name, err)
		}
	}
}

// nested returns lists of ten items, each of which is the list before it.
func nested(levels int) string {
	var b strings.Builder
	b.WriteString("  l0: &l0 [x]\n")
	for n := range levels {
		fmt.Fprintf(&b, "  l%d: &l%d [%s]\n", n+1, n+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*l%d,", n), 10), ","))
	}
	return b.String()
}

// The files of a request share one budget.
func TestFilesShareABudget(t *testing.T) {
	o := Reader{Format: deployed.Env, Budget: budget.NewConfiguration()}
	var err error
	read := 0
	for ; err == nil && read < 1000; read++ {
		_, err = o.Text(context.Background(), "a.env", []byte("A=1\n"))
	}
	if int64(read-1) != budget.ConfigFiles.Most || err == nil ||
		!strings.Contains(err.Error(), "more than the limit of 100 configuration files in one request") {
		t.Errorf("%d files are read: %v", read-1, err)
	}
}

// Reading ends when its client leaves.
func TestReadingEndsWithItsContext(t *testing.T) {
	gone, leave := context.WithCancel(context.Background())
	leave()
	for format, text := range map[deployed.Format]string{
		deployed.Compose: "services: {a: {environment: {A: 1}}}", deployed.Env: "A=1\n", deployed.DynamicConfig: "a: [{value: 1}]\n",
	} {
		if _, err := (Reader{Format: format}).Text(gone, "given", []byte(text)); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

package main

import (
	"bytes"
	"strings"
	"testing"
)

// Every module that the product links has a licence that this project accepts, and all three outputs name it.
func TestModulesHaveLicences(t *testing.T) {
	for _, format := range []string{"table", "text", "cyclonedx"} {
		var first, second bytes.Buffer
		if err := run(&first, "../..", format); err != nil {
			t.Fatal(err)
		}
		if err := run(&second, "../..", format); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("%s differs between two runs", format)
		}
		for _, name := range []string{"cuelang.org/go", "modernc.org/sqlite", "github.com/go-jose/go-jose/v4"} {
			if !strings.Contains(first.String(), name) {
				t.Errorf("%s does not name %s", format, name)
			}
		}
	}
}

func TestLicencesAreRecognised(t *testing.T) {
	for text, want := range map[string]string{
		"GNU GENERAL PUBLIC LICENSE\nVersion 3": "", "All rights reserved.": "",
		"Permission is hereby granted,\n  free of charge, to any person": "MIT", "Apache License\nVersion 2.0": "Apache-2.0",
	} {
		if got := classify(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

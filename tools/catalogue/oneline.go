package main

import (
	"bytes"
	"go/ast"
	"go/printer"
	"go/token"
	"strings"
)

// oneLine collapses white space, since the catalogue keeps a row on one line.
func oneLine(text string) string {
	return strings.Join(strings.Fields(text), " ")
}

func printNode(fset *token.FileSet, node ast.Node) string {
	var buf bytes.Buffer
	if err := printer.Fprint(&buf, fset, node); err != nil {
		return ""
	}
	return buf.String()
}

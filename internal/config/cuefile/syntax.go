package cuefile

import (
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/scanner"
	"cuelang.org/go/cue/token"
)

// ParseFile parses CUE and refuses chains of operators or selectors that are longer than anything written by hand. The
// parser limits brackets only, and it and CUE need Go's stack for each link of a chain. It limits shifts, too.
func ParseFile(name string, content []byte, options ...parser.Option) (*ast.File, error) {
	if err := checkChains(name, content); err != nil {
		return nil, err
	}
	file, err := parser.ParseFile(name, content, options...)
	if err == nil {
		boundShifts(file)
	}
	return file, err
}

// maxChain is the parser's own limit for nested brackets.
const maxChain = 10_000

func checkChains(name string, content []byte) error {
	if !canHaveChain(content) {
		return nil
	}
	var s scanner.Scanner
	file := token.NewFile(name, 0, len(content))
	s.Init(file, content, func(token.Pos, string, []any) {}, 0)
	links := make([]int, 1, 64) // the links of the chain at each level of brackets
	for {
		pos, tok, _ := s.Scan()
		last := len(links) - 1
		switch tok {
		case token.EOF:
			return nil
		case token.COMMA, token.COLON:
			links[last] = 0
			continue
		case token.LPAREN, token.LBRACK:
			links[last]++
			links = append(links, 0)
		case token.LBRACE:
			links = append(links, 0)
		case token.RPAREN, token.RBRACK, token.RBRACE:
			if last > 0 {
				links = links[:last]
			}
		default:
			if tok == token.PERIOD || tok.IsOperator() {
				links[last]++
			}
		}
		if links[min(last, len(links)-1)] > maxChain {
			return errors.Newf(pos, "expression exceeds maximum length of %d operators or selectors", maxChain)
		}
	}
}

// canHaveChain reports whether a text has characters enough for the operators of a long chain.
func canHaveChain(content []byte) bool {
	links := 0
	for _, c := range content {
		links += int(isLink[c])
	}
	return links > maxChain
}

// isLink is 1 for the characters of operators: with a table, counting takes a fifth of the time of a switch.
var isLink = func() (is [256]uint8) {
	for _, c := range []byte("+-*/&|=<>.([") {
		is[c] = 1
	}
	return is
}()

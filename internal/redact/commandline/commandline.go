// Package commandline finds secrets in the arguments of commands, by what programs do with them: the same flag takes a
// password in one program, and a port in another.
package commandline

import (
	"slices"
	"strings"
)

// Secrets returns what the programs in a text take as secrets, placeholders included. It also reads arguments that are
// commands: ssh HOST "mysql …".
func Secrets(text string) []string { return secretsWithin(text, maxQuoted) }

// maxQuoted limits the levels of commands in arguments of commands.
const maxQuoted = 3

func secretsWithin(text string, depth int) (all []string) {
	for command := range Split(text) {
		for _, s := range InArguments(command) {
			all = append(all, s.Text)
		}
		for _, argument := range command {
			if depth > 0 && strings.Contains(argument, " ") {
				all = append(all, secretsWithin(argument, depth-1)...)
			}
		}
	}
	return all
}

// Secret is a part of an argument.
type Secret struct {
	Text  string
	Index int // of the argument
}

// InArguments returns the secrets in the arguments of a command, also of one that another command runs.
func InArguments(arguments []string) (all []Secret) {
	end := len(arguments)
	for i := len(arguments) - 1; i >= 0; i-- {
		forms, isProgram := programForms()[programName(arguments[i])]
		if !isProgram || i > 0 && isNamingFlag(arguments[i-1]) {
			continue
		}
		for _, f := range forms {
			all = append(all, f.findSecrets(arguments[:min(end, i+maxArguments)], i+1)...)
		}
		if len(forms) == 0 {
			end = i
		}
	}
	return all
}

// ProgramOf returns the program whose options a variable has, by its name, or "": CURL_OPTS.
func ProgramOf(variable string) string {
	name, options, _ := strings.Cut(strings.ToLower(variable), "_")
	if last := options[strings.LastIndexByte(options, '_')+1:]; !slices.Contains([]string{"opts", "options", "args", "flags"}, last) {
		return ""
	}
	if cli := name + "-cli"; len(programForms()[cli]) > 0 {
		return cli
	}
	if len(programForms()[name]) == 0 {
		return ""
	}
	return name
}

// isNamingFlag reports whether a flag before the name of a program takes it as a value: docker run --name mysql.
func isNamingFlag(argument string) bool {
	return len(argument) > 2 && strings.HasPrefix(argument, "--")
}

// maxArguments limits the arguments of one program that are searched.
const maxArguments = 64

// programName returns the name of a program in the path to it.
func programName(path string) string {
	return strings.TrimSuffix(path[strings.LastIndexByte(path, '/')+1:], ".exe")
}

// findSecrets returns the secrets in the arguments from an index on.
func (f form) findSecrets(arguments []string, from int) (all []Secret) {
	for i := from; i < len(arguments); i++ {
		if found := f.matchAt(arguments, i); found != nil {
			all = append(all, found...)
		}
		isCounted := f[0].isAny || f[0].isSecret() && f[0].before == "" && f[0].separator == "" // from the first argument
		if isCounted || f[0].isText(arguments[i]) && !f[0].isFlag() {
			break
		}
	}
	return all
}

// matchAt returns the secrets of a form whose first part is the argument at an index.
func (f form) matchAt(arguments []string, at int) []Secret {
	isPositional := true
	for n, part := range f {
		if n > 0 && (part.word != "" || part.isSecret() && part.before != "") { // need not follow at once
			next := slices.IndexFunc(arguments[min(at, len(arguments)):], func(argument string) bool {
				return part.isText(argument) || part.isSecret() && part.secretOf(argument) != "" ||
					strings.HasPrefix(argument, part.word+"=")
			})
			if next < 0 {
				return nil
			}
			at += next
		}
		for isPositional && !part.isFlag() && at < len(arguments) && strings.HasPrefix(arguments[at], "-") && len(arguments[at]) > 1 {
			at++
		}
		if part.isAll {
			return namedValues(arguments, at)
		}
		if at >= len(arguments) {
			return nil
		}
		argument := arguments[at]
		if part.isSecret() {
			if text := part.secretOf(argument); text != "" {
				return []Secret{{text, at}}
			}
			return nil
		}
		if value, is := strings.CutPrefix(argument, part.word+"="); is && strings.HasPrefix(part.word, "-") && n+1 < len(f) {
			if text := f[n+1].secretOf(value); f[n+1].isSecret() && text != "" {
				return []Secret{{text, at}}
			}
			return nil
		}
		if !part.isText(argument) {
			return nil
		}
		isPositional = part.isAny || !part.isFlag()
		at++
	}
	return nil
}

// namedValues returns the values of arguments NAME=VALUE. A file, as in NAME=@FILE, is none.
func namedValues(arguments []string, from int) (all []Secret) {
	for i := from; i < len(arguments); i++ {
		_, value, is := strings.Cut(arguments[i], "=")
		if is && value != "" && !strings.HasPrefix(arguments[i], "-") && !strings.HasPrefix(value, "@") {
			all = append(all, Secret{value, i})
		}
	}
	return all
}

func (a argument) isSecret() bool { return !a.isAny && !a.isAll && a.word == "" && a.cluster == 0 }

// isFlag reports whether a part is a flag, or a secret that begins with one.
func (a argument) isFlag() bool {
	return a.cluster != 0 || strings.HasPrefix(a.word, "-") || strings.HasPrefix(a.before, "-")
}

// isText reports whether an argument is a word or a flag of a form.
func (a argument) isText(argument string) bool {
	switch {
	case a.isAny:
		return true
	case a.cluster != 0:
		letters, isShort := strings.CutPrefix(argument, "-")
		return isShort && letters != "" && letters[len(letters)-1] == a.cluster && isLetters(letters)
	}
	return a.word != "" && argument == a.word
}

func isLetters(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }) < 0
}

// secretOf returns the part of an argument that is secret, or "".
func (a argument) secretOf(text string) string {
	text, is := strings.CutPrefix(text, a.before)
	if !is || a.before == "" && strings.HasPrefix(text, "-") {
		return ""
	}
	if a.separator == "" {
		return text
	}
	user, secret, _ := strings.Cut(text, a.separator)
	if user == "" {
		return ""
	}
	return secret
}

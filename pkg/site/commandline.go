package site

import (
	"path/filepath"
	"strings"
)

// script returns the path of the Mailman program that a process runs, or "". Every
// one is a Python script: PYTHON [OPTION...] SCRIPT ARGUMENT... Postfix also has a
// program called master, but does not run it with Python.
func (p process) script() string {
	path, _ := p.parse()
	return path
}

// arguments returns the arguments of the program.
func (p process) arguments() []string {
	_, arguments := p.parse()
	return arguments
}

func (p process) parse() (script string, arguments []string) {
	if len(p.argv) == 0 {
		return "", nil
	}
	rest := p.argv[1:]
	if !strings.HasPrefix(filepath.Base(p.argv[0]), "py") {
		rest = nil
	}
	for len(rest) > 0 && strings.HasPrefix(rest[0], "-") {
		// python -m mailman.bin.master
		if rest[0] == "-m" && len(rest) > 1 {
			if rest[1] == "mailman.bin.master" || rest[1] == "mailman.bin.runner" {
				return rest[1], rest[2:]
			}
			return "", nil
		}
		if rest[0] == "-c" {
			return "", nil
		}
		rest = rest[1:]
	}
	if len(rest) == 0 || generationOf(rest[0]) == unknown {
		return "", nil
	}
	return rest[0], rest[1:]
}

// generation returns the generation of the Mailman that a process belongs to.
func (p process) generation() generation { return generationOf(p.script()) }

// generationOf returns the generation that a program of that name belongs to. NixOS
// wraps programs: .master-wrapped.
func generationOf(script string) generation {
	name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(script), "."), "-wrapped")
	switch strings.TrimSuffix(name, ".py") {
	case "master", "runner", "mailman.bin.master", "mailman.bin.runner":
		return mailman3
	case "mailmanctl", "qrunner":
		return mailman2
	}
	return unknown
}

// configOption returns the value of Mailman 3's -C or --config; the last one
// counts.
func (p process) configOption() string {
	value := ""
	arguments := p.arguments()
	for i, arg := range arguments {
		switch {
		case arg == "-C" || arg == "--config":
			if i+1 < len(arguments) {
				value = arguments[i+1]
			}
		case strings.HasPrefix(arg, "--config="):
			value = strings.TrimPrefix(arg, "--config=")
		case strings.HasPrefix(arg, "-C"):
			value = strings.TrimPrefix(arg, "-C")
		}
	}
	return value
}

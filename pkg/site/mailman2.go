package site

import (
	"path/filepath"
	"strings"
)

// mailman2Queues finds the directory of queues of a Mailman 2.1: QUEUE_DIR, as
// Defaults.py and then mm_cfg.py set it. Both files are in PREFIX/Mailman; the
// program is in PREFIX/bin.
func mailman2Queues(v view, p process) (string, bool) {
	script := v.absolute(p.script())
	if script == "" {
		return "", false
	}
	if real, err := filepath.EvalSymlinks(v.root + script); err == nil && v.root == "" {
		script = real
	}
	dir := filepath.Join(filepath.Dir(filepath.Dir(script)), "Mailman")
	values := map[string]string{}
	for _, name := range []string{"Defaults.py", "mm_cfg.py"} {
		text, err := v.text(filepath.Join(dir, name))
		if err != nil || !assignments(text, values) {
			return "", false
		}
	}
	queues, ok := values["QUEUE_DIR"]
	return queues, ok && filepath.IsAbs(queues)
}

// assignments reads the names of directories that a Python file sets: NAME =
// 'TEXT', NAME = OTHER and NAME = os.path.join(...) of these. It returns false if a
// directory of queues is set in any other way, because nothing here runs Python.
func assignments(text string, values map[string]string) bool {
	for line := range strings.Lines(text) {
		if includes(line) {
			return false
		}
		name, expression, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(expression, "=") || strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		trimmed := strings.TrimSpace(name)
		if !strings.HasSuffix(trimmed, "PREFIX") && !strings.HasSuffix(trimmed, "_DIR") {
			if mentions(line) {
				return false
			}
			continue
		}
		value, ok := evaluate(expression, values)
		queues := trimmed == "VAR_PREFIX" || strings.HasSuffix(trimmed, "QUEUE_DIR")
		switch {
		case ok && trimmed == strings.TrimRight(name, " \t"):
			if queue := strings.TrimSuffix(trimmed, "QUEUE_DIR"); queue != trimmed && queue != "" &&
				filepath.Dir(value) != values["QUEUE_DIR"] {
				return false // one of the queues is in another place
			}
			values[trimmed] = value
		case queues:
			return false
		default:
			delete(values, trimmed)
		}
	}
	return true
}

// includes reports whether a line imports names from a file other than Defaults.py.
func includes(line string) bool {
	fields := strings.Fields(line)
	if len(fields) == 0 || fields[0][0] == '#' {
		return false
	}
	if fields[0] == "from" && fields[len(fields)-1] == "*" {
		return len(fields) < 2 || strings.TrimPrefix(fields[1], "Mailman.") != "Defaults"
	}
	return strings.HasPrefix(fields[0], "exec")
}

// mentions reports whether a line may set the directories in a way that assignments
// does not understand.
func mentions(line string) bool {
	before, _, _ := strings.Cut(line, "#")
	name, _, _ := strings.Cut(before, "=")
	return strings.Contains(name, "QUEUE_DIR") || strings.Contains(name, "VAR_PREFIX")
}

// evaluate returns the value of the right side of an assignment.
func evaluate(expression string, values map[string]string) (string, bool) {
	expression = strings.TrimSpace(expression)
	if inner, ok := strings.CutPrefix(expression, "os.path.join("); ok {
		inner, comment, ok := strings.Cut(inner, ")")
		if !ok || !isComment(comment) {
			return "", false
		}
		var parts []string
		for part := range strings.SplitSeq(inner, ",") {
			value, ok := evaluate(part, values)
			if !ok {
				return "", false
			}
			if filepath.IsAbs(value) {
				parts = nil // as Python does
			}
			parts = append(parts, value)
		}
		return filepath.Join(parts...), true
	}
	for _, quote := range []string{"'", `"`} {
		if inner, ok := strings.CutPrefix(expression, quote); ok {
			value, comment, ok := strings.Cut(inner, quote)
			return value, ok && isComment(comment) && !strings.Contains(value, `\`)
		}
	}
	name, _, _ := strings.Cut(expression, "#")
	value, ok := values[strings.TrimSpace(name)]
	return value, ok
}

func isComment(text string) bool {
	text = strings.TrimSpace(text)
	return text == "" || text[0] == '#'
}

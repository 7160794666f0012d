package site

import (
	"maps"
	"path/filepath"
	"strings"
	"sync"
)

// mailman3Layouts are the path settings that are built into Mailman 3.
var mailman3Layouts = sync.OnceValue(func() map[string]map[string]string {
	return map[string]map[string]string{
		"local": {},
		"dev":   {"var_dir": "$cfg_file/../.."},
		"here":  {"var_dir": "$cwd/var"},
		"fhs":   {"var_dir": "/var/lib/mailman", "queue_dir": "/var/spool/mailman", "log_dir": "/var/log/mailman"},
	}
})

// mailman3Queues finds the directory of queues of a Mailman 3 in its configuration.
func mailman3Queues(v view, p process) (string, bool) {
	file, ok := mailman3Config(v, p)
	if !ok {
		return "", false
	}
	ini, values, ok := mailman3Paths(v, file)
	if !ok || v.environment["MAILMAN_EXTRA_TESTING_CFG"] != "" {
		return "", false
	}
	for section, settings := range ini {
		// If one queue is in another place, the directory proves nothing.
		path := settings["path"]
		if strings.HasPrefix(section, "runner.") && path != "" && !strings.HasPrefix(path, "$QUEUE_DIR/") {
			return "", false
		}
	}
	queues, ok := expand(values["queue_dir"], values)
	if !ok {
		return "", false
	}
	queues = v.absolute(queues)
	return filepath.Clean(queues), queues != ""
}

// mailman3Paths reads a configuration file of Mailman 3: all its settings, and the
// paths that its layout sets, which may refer to each other.
func mailman3Paths(v view, file string) (ini map[string]map[string]string, values map[string]string, ok bool) {
	text, err := v.text(file)
	if err != nil {
		return nil, nil, false
	}
	if ini, ok = parseINI(text); !ok {
		return nil, nil, false
	}
	layout := ini["mailman"]["layout"]
	if layout == "" {
		layout = "here"
	}
	values = map[string]string{
		"var_dir": "/var/tmp/mailman", "queue_dir": "$var_dir/queue", "log_dir": "$var_dir/logs", "cfg_file": file,
	}
	own, named := ini["paths."+layout]
	builtIn, known := mailman3Layouts()[layout]
	if !named && !known {
		return nil, nil, false
	}
	for _, settings := range []map[string]string{builtIn, own} {
		maps.Copy(values, settings)
	}
	if v.dir != "" {
		values["cwd"] = v.dir
	}
	if dir := v.environment["MAILMAN_VAR_DIR"]; dir != "" {
		values["var_dir"] = dir
	}
	return ini, values, true
}

// mailman3Config finds the configuration file of a Mailman 3 as Mailman does. Its
// working directory may have changed since it started. So without -C, files
// relative to that directory count only if there is no other.
func mailman3Config(v view, p process) (string, bool) {
	if file := p.configOption(); file != "" {
		file = v.absolute(file)
		return file, file != ""
	}
	candidates := []string{
		v.environment["MAILMAN_CONFIG_FILE"], v.absolute("mailman.cfg"), v.absolute("var/etc/mailman.cfg"),
		v.environment["HOME"] + "/.mailman.cfg", "/etc/mailman.cfg", "/etc/mailman3/mailman.cfg",
		v.absolute(filepath.Join(filepath.Dir(filepath.Dir(p.script())), "etc/mailman.cfg")),
	}
	for _, file := range candidates {
		if file = v.absolute(file); file == "" {
			continue
		}
		if _, err := v.text(file); err == nil {
			return file, true
		}
	}
	return "", false
}

// expand replaces $name and ${name} until none is left. It returns false for a name
// without a value.
func expand(text string, values map[string]string) (string, bool) {
	for range 20 {
		before, after, found := strings.Cut(text, "$")
		if !found {
			return text, true
		}
		name, rest := after, ""
		if inner, ok := strings.CutPrefix(after, "{"); ok {
			if name, rest, ok = strings.Cut(inner, "}"); !ok {
				return "", false
			}
		} else if end := strings.IndexFunc(after, func(r rune) bool { return !isNameRune(r) }); end >= 0 {
			name, rest = after[:end], after[end:]
		}
		value, ok := values[name]
		if !ok {
			return "", false
		}
		text = before + value + rest
	}
	return "", false
}

func isNameRune(r rune) bool {
	return r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

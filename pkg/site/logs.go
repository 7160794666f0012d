package site

import (
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// configFiles are where a Mailman 3 finds its configuration if no option names it:
// those of packages and of a virtual environment.
var configFiles = []string{"/etc/mailman3/mailman.cfg", "/etc/mailman.cfg", "/opt/mailman/mailman.cfg", "/opt/mailman/mm/mailman.cfg"}

// packagedLogs are the logs of packages that keep queues and logs in different
// trees, by the directory of the queues. They matter if the configuration cannot be
// read, and for Mailman 2.1, whose configuration is a program.
var packagedLogs = sync.OnceValue(func() map[string][]string {
	return map[string][]string{
		"/var/lib/mailman3/queue": {"/var/log/mailman3/mailman.log"},                          // Debian's 3
		"/var/spool/mailman3":     {"/var/log/mailman3/mailman.log"},                          // Fedora's 3
		"/var/lib/mailman/qfiles": {"/var/log/mailman/error"},                                 // Debian's 2.1
		"/var/spool/mailman":      {"/var/log/mailman/error", "/var/log/mailman/mailman.log"}, // Red Hat's 2.1, and the layout "fhs" of 3
		"/var/lib/mailman/queue":  {"/var/log/mailman/mailman.log"},
	}
})

// Logs returns the paths where the Mailman of the queue at path may write its
// errors, the likeliest first. It does not look whether they exist.
func Logs(path string) []string { return thisMachine.logs(path) }

func (m *machine) logs(path string) []string {
	q := &target{machine: m, path: path, ways: m.ways(path)}
	var logs []string
	add := func(path string) {
		if path = m.root + path; !slices.Contains(logs, path) {
			logs = append(logs, path)
		}
	}
	files := configFiles
	var roots []string
	for _, way := range q.ways {
		if root := filepath.Dir(filepath.Dir(way)); !slices.Contains(roots, root) {
			roots = append(roots, root)
			files = append([]string{filepath.Join(root, "etc/mailman.cfg")}, files...)
		}
	}
	for _, file := range files {
		if log := q.mailman3Log(file); log != "" {
			add(log)
		}
	}
	for _, root := range roots {
		for _, name := range []string{"logs/error", "logs/mailman.log", "logs/error.log"} {
			add(filepath.Join(root, name))
		}
	}
	for _, way := range q.ways {
		for _, log := range packagedLogs()[filepath.Dir(way)] {
			add(log)
		}
	}
	return logs
}

// mailman3Log returns the error log in a configuration file of Mailman 3, or "" if
// that is not the Mailman of the queue.
func (q *target) mailman3Log(file string) string {
	v := view{root: q.root}
	ini, values, ok := mailman3Paths(v, file)
	if !ok {
		return ""
	}
	queues, ok := expand(values["queue_dir"], values)
	dir, logged := expand(values["log_dir"], values)
	if !ok || !logged || !filepath.IsAbs(queues) || !filepath.IsAbs(dir) {
		return ""
	}
	theirs, err := os.Stat(q.root + queues)
	if err != nil {
		return ""
	}
	ours, err := os.Stat(q.root + filepath.Dir(q.real()))
	if err != nil || !os.SameFile(ours, theirs) {
		return ""
	}
	name := "mailman.log"
	for _, section := range []string{"logging.template", "logging.error"} {
		if path := ini[section]["path"]; path != "" {
			name = path
		}
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	return filepath.Clean(name)
}

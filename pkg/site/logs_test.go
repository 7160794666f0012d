package site

import (
	"slices"
	"strings"
	"testing"
)

func TestLogs(t *testing.T) {
	t.Parallel()
	const debian = "[mailman]\nlayout: debian\n[paths.debian]\nvar_dir: /var/lib/mailman3\nqueue_dir: $var_dir/queue\n" +
		"log_dir: /var/log/mailman3\n[logging.debian]\npath: other.log\n"
	for _, c := range []struct {
		name, queue string
		files       map[string]string
		links       map[string]string
		// first are the logs that come first.
		first string
		not   string
	}{
		{
			name: "a tree of 2.1", queue: "/srv/mailman/qfiles/shunt",
			first: "/srv/mailman/logs/error /srv/mailman/logs/mailman.log /srv/mailman/logs/error.log",
		},
		{
			name: "Debian's 2.1, through a link", queue: "/srv/shunt",
			links: map[string]string{"/srv/shunt": "/var/lib/mailman/qfiles/shunt"},
			first: "/logs/error /logs/mailman.log /logs/error.log /var/lib/mailman/logs/error",
		},
		{
			name: "Debian's 3", queue: "/var/lib/mailman3/queue/shunt",
			files: map[string]string{"/etc/mailman3/mailman.cfg": debian},
			first: "/var/log/mailman3/mailman.log /var/lib/mailman3/logs/error",
		},
		{
			name: "Debian's 3, whose configuration is of no use", queue: "/var/lib/mailman3/queue/bad",
			files: map[string]string{"/etc/mailman3/mailman.cfg": "[meta]\nextends: x\n"},
			first: "/var/lib/mailman3/logs/error /var/lib/mailman3/logs/mailman.log /var/lib/mailman3/logs/error.log /var/log/mailman3/mailman.log",
		},
		{
			name: "a log of its own for errors", queue: "/var/lib/mailman3/queue/shunt",
			files: map[string]string{"/etc/mailman3/mailman.cfg": debian + "[logging.template]\npath: all.log\n[logging.error]\npath: errors/error.log\n"},
			first: "/var/log/mailman3/errors/error.log",
		},
		{
			name: "an absolute path", queue: "/var/lib/mailman3/queue/shunt",
			files: map[string]string{"/etc/mailman3/mailman.cfg": debian + "[logging.template]\npath: /srv/log/all.log\n"},
			first: "/srv/log/all.log",
		},
		{
			name: "the layout of the file hierarchy standard", queue: "/var/spool/mailman/bad",
			files: map[string]string{"/etc/mailman.cfg": "[mailman]\nlayout: fhs\n"},
			first: "/var/log/mailman/mailman.log",
		},
		{
			name: "a configuration next to the queues", queue: "/srv/mm/var/queue/bad",
			files: map[string]string{"/srv/mm/var/etc/mailman.cfg": "[mailman]\nlayout: own\n[paths.own]\nvar_dir: /srv/mm/var\nlog_dir: /srv/log\n"},
			first: "/srv/log/mailman.log",
		},
		{
			name: "another Mailman's configuration", queue: "/srv/mm/var/queue/bad",
			files: map[string]string{"/etc/mailman3/mailman.cfg": debian},
			first: "/srv/mm/var/logs/error", not: "/var/log/mailman3/mailman.log",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.mkdir("/var/lib/mailman3/queue/shunt")
			f.mkdir("/var/lib/mailman/qfiles/shunt")
			for path, text := range c.files {
				f.write(path, text)
			}
			for path, to := range c.links {
				f.link(path, to)
			}
			if _, ok := c.links[c.queue]; !ok {
				f.mkdir(c.queue)
			}
			var got []string
			for _, log := range f.logs(c.queue) {
				got = append(got, strings.TrimPrefix(log, f.root))
			}
			want := strings.Fields(c.first)
			if len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
				t.Errorf("got %q, want first %q", got, want)
			}
			if c.not != "" && slices.Contains(got, c.not) {
				t.Errorf("got %q, with %s", got, c.not)
			}
		})
	}
}

package mta

import (
	"os"
	"path/filepath"
	"strings"
)

// limits are commands that end with a status that is not one of qenqueue's: the Go runtime
// cannot start, or a shell does not find the program. postfix and exim are what these do with
// the message, wrapped is what both do with contrib/qenqueue-alias.
var limits = []struct {
	name, line             string
	postfix, exim, wrapped string
}{
	{"no-limit", `qenqueue -q $Q`, "sent", "sent", "sent"},
	{"one-process", `prlimit --nproc=1 qenqueue -q $Q`, "bounced", "bounced", "deferred"},
	{"three-processes", `prlimit --nproc=3 qenqueue -q $Q`, "bounced", "bounced", "deferred"},
	{"little-memory", `prlimit --as=200000000 qenqueue -q $Q`, "bounced", "bounced", "deferred"},
	{"usage", `qenqueue -q --nosuch $Q`, "bounced", "bounced", "bounced"},
	{"empty", `qenqueue -q $Q </dev/null`, "bounced", "bounced", "bounced"},
	{"no-program", `$D/nosuch/qenqueue $Q`, "bounced", "bounced", "deferred"},
	{"killed", `$D/killed/qenqueue $Q`, "deferred", "bounced", "deferred"},
	{"two", `$D/two/qenqueue $Q`, "bounced", "bounced", "deferred"},
}

// wrap makes two scripts for each of limits, one with qenqueue and one with
// contrib/qenqueue-alias.
func (m *machine) wrap() {
	m.Helper()
	script, err := os.ReadFile(filepath.Join("..", "..", "contrib", "qenqueue-alias"))
	if err != nil {
		m.Fatal(err)
	}
	m.write("killed/qenqueue", "#!/bin/sh\nkill -9 $$\n", 0o755)
	m.write("two/qenqueue", "#!/bin/sh\nexit 2\n", 0o755)
	for _, dir := range []string{"alias", "nosuch", "killed", "two"} {
		m.write(dir+"/qenqueue-alias", string(script), 0o755)
	}
	if err := os.Symlink(filepath.Join(m.bin(), "qenqueue"), filepath.Join(m.dir, "alias", "qenqueue")); err != nil {
		m.Fatal(err)
	}
	for _, l := range limits {
		m.script("bare-"+l.name, l.line)
		wrapped := strings.Replace(l.line, "/qenqueue", "/qenqueue-alias", 1)
		if wrapped == l.line {
			wrapped = strings.Replace(l.line, "qenqueue", "$D/alias/qenqueue-alias", 1)
		}
		m.script("wrapped-"+l.name, wrapped)
	}
}

package queue

import (
	"os"
	"path/filepath"
	"testing"

	"switchboard/pkg/message"
)

// TestResolved opens one queue by many paths. It checks that the noted path, the bad and
// the shunt queue, and the queue that an entry goes back to are always the same.
func TestResolved(t *testing.T) {
	base := t.TempDir()
	base, err := filepath.EvalSymlinks(base)
	must(t, err)
	for _, name := range []string{"q", "q/in", "links"} {
		must(t, os.Mkdir(filepath.Join(base, name), 0o770))
	}
	must(t, os.Symlink("../q/in", base+"/links/inbox"))
	must(t, os.Symlink("q", base+"/tree"))
	t.Chdir(base + "/q")
	for _, path := range []string{base + "/q/in", base + "/links/inbox", base + "/tree/in", "in", "./in", "../tree/in", "../links/../q/in/."} {
		d, err := Open(path, Options{})
		must(t, err)
		writeEntry(t, path, testID(0), Ready, entryFile(message.Mailman2, mailText(0)))
		c, err := d.Dequeue(testID(0))
		must(t, err)
		to, err := c.Shunt()
		must(t, err)
		must(t, c.Close())
		if resolved(to) != base+"/q/shunt/"+testID(0).Name(Ready) {
			t.Errorf("%s: shunted to %s", path, to)
		}
		shunt, err := Open(base+"/q/shunt", Options{})
		must(t, err)
		if got := readContent(t, shunt, testID(0), Ready).WhichQueue(); got != base+"/q/in" {
			t.Errorf("%s: whichq is %s", path, got)
		}
		if got := resolved(d.badPath()); got != base+"/q/bad" {
			t.Errorf("%s: the bad queue is %s", path, got)
		}
		origin, err := shunt.Origin(testID(0), Ready, readContent(t, shunt, testID(0), Ready), nil)
		must(t, err)
		if resolved(origin.Path) != base+"/q/in" {
			t.Errorf("%s: its origin is %s", path, origin.Path)
		}
		must(t, os.Remove(to))
		must(t, shunt.Close())
		must(t, d.Close())
	}
}

package power

import (
	"path/filepath"
	"strings"
	"sync"
)

// diary is what is known of the messages at any moment.
type diary struct {
	sync.Mutex
	// stored are the file bases whose paths were printed, with the message.
	stored map[string]string
	// finished are those for which a qfinish has begun.
	finished map[string]bool
}

func newDiary() *diary {
	return &diary{stored: map[string]string{}, finished: map[string]bool{}}
}

func base(path string) string {
	name := filepath.Base(strings.TrimSpace(path))
	for _, ext := range []string{".pck", ".bak", ".psv"} {
		name = strings.TrimSuffix(name, ext)
	}
	return name
}

func (d *diary) store(path, message string) {
	d.Lock()
	defer d.Unlock()
	d.stored[base(path)] = message
}

func (d *diary) finish(path string) {
	d.Lock()
	defer d.Unlock()
	d.finished[base(path)] = true
}

// page is a copy of what was stored, and ended of what was being finished.
func (d *diary) page() map[string]string {
	d.Lock()
	defer d.Unlock()
	page := make(map[string]string, len(d.stored))
	for b, m := range d.stored {
		if !d.finished[b] {
			page[b] = m
		}
	}
	return page
}

func (d *diary) ended(b string) bool {
	d.Lock()
	defer d.Unlock()
	return d.finished[b]
}

package deliver

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"switchboard/pkg/queue"
)

// ErrRefusing ends a run in which the server refuses every recipient of one entry after the
// other. The server, or what we were told about it, is then probably wrong, and not the
// entries: a relay that is closed to this machine would empty the queue into shunt.
var ErrRefusing = errors.New("the server keeps refusing every recipient")

// ErrNotOutgoing ends a run in which one entry after the other says nothing about recipients.
// Posts that wait for a list are such entries: whoever names the queue in by mistake must not
// lose them, or have them all preserved.
var ErrNotOutgoing = errors.New("this is not a queue of outgoing messages")

// aboutAddress reports whether a server refused a recipient because of the recipient: there is
// no such address, or its mailbox cannot take mail (RFC 3463, 3.2 and 3.3). Answers to forged
// senders are refused like that by the dozen, and the next entry has nothing to do with it.
// Without such a status, it may be us whom the server does not want.
func aboutAddress(answer string) bool {
	_, rest, _ := strings.Cut(answer, " ")
	status, _, _ := strings.Cut(rest, " ")
	switch status {
	case "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10":
		return true
	}
	return strings.HasPrefix(status, "5.2.")
}

// allAboutAddresses reports whether all were refused because of their addresses.
func allAboutAddresses(refused []failure) bool {
	return !slices.ContainsFunc(refused, func(f failure) bool { return !aboutAddress(f.answer) })
}

// row counts entries in a row of which every recipient was refused, not all because of their
// addresses, and those that say nothing
// about recipients. An entry counts once.
type row struct {
	most int

	mu      sync.Mutex
	entries map[queue.ID]bool
}

// add counts an entry, and reports whether the limit has been reached.
func (r *row) add(id queue.ID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.most == 0 {
		return false
	}
	if r.entries == nil {
		r.entries = map[queue.ID]bool{}
	}
	r.entries[id] = true
	return len(r.entries) >= r.most
}

// end ends the row, because the server did not refuse everybody.
func (r *row) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.entries)
}

// notOutgoing returns the error that ends the run at the entry at path.
func (r *row) notOutgoing(path string) error {
	return &queue.Error{
		Path: filepath.Dir(path), Err: fmt.Errorf("%w: no recipients in %d in a row", ErrNotOutgoing, r.most),
		Remedy: "qrestore --origin releases what was preserved",
	}
}

package queue

import (
	"slices"
	"strings"
)

// notRunners are queues that Mailman keeps beside those of its runners, and queues of
// sites. They tell nothing of the directory that they are in: a queue may have its bad
// and shunt queues inside.
var notRunners = []string{"bad", "hold", "retry", "shunt"}

// mostNamed is how many queues are named by the error of Check.
const mostNamed = 12

// Check tells why the directory is not a queue, with an *Error that is ErrNotQueue:
// it holds queues, and no entry of its own; or it is for everybody's temporary files.
// Mail that is stored in such a directory is found by nobody, and whoever watches it
// sees nothing of the queues in it. A directory with nothing in it is a queue, and one
// with a file that only these commands make.
//
// It reads names only where two subdirectories are possible, and stops at the first
// one of an entry: a deep queue costs no more than an empty one. What cannot be read
// is for the command itself to report.
//
// hasRunner says whether a queue of that name has a runner in some Mailman.
func (d *Dir) Check(hasRunner func(name string) bool) error {
	st, err := d.dir.Stat()
	if err != nil {
		return nil
	}
	everybodys := st.LikeTmp()
	// A directory has a link for its name, one for its own ".", and one for the ".."
	// of each subdirectory. Where a filesystem does not count them it says 1.
	if !everybodys && (st.Nlink == 2 || st.Nlink == 3) {
		return nil
	}
	others, found, err := d.irregular(everybodys)
	if err != nil || found {
		return nil
	}
	if everybodys {
		return &Error{Path: d.path, Err: notQueue("is not a queue: it is sticky and writable by everybody"), Remedy: configureIt}
	}
	var queues []string
	for _, name := range others {
		if d.holdsQueue(name, hasRunner) {
			queues = append(queues, name)
		}
	}
	if len(queues) < 2 {
		return nil
	}
	slices.Sort(queues)
	if len(queues) > mostNamed {
		queues = append(queues[:mostNamed], "...")
	}
	return &Error{Path: d.path, Err: notQueue("holds queues: " + strings.Join(queues, ", ") + "; name one"), Remedy: configureIt}
}

// configureIt is the remedy where a queue is as other directories are.
const configureIt = "if it is a queue all the same, give it a table in switchboard.toml(5)"

// notQueue is ErrNotQueue in the words of what it is instead.
type notQueue string

func (e notQueue) Error() string        { return string(e) }
func (e notQueue) Is(target error) bool { return target == ErrNotQueue }

// irregular lists what is not a regular file. It stops when it has found a file of these
// commands or, unless oursOnly, an entry.
func (d *Dir) irregular(oursOnly bool) (others []string, found bool, err error) {
	err = d.dir.Read(func(name []byte, regular bool) error {
		if !regular {
			others = append(others, string(name))
			return nil
		}
		found = strings.HasPrefix(string(name), ownFiles)
		if !found && !oursOnly {
			_, state := SplitName(string(name))
			found = state != Stray
		}
		if found {
			return errBreak
		}
		return nil
	})
	if err == errBreak {
		err = nil
	}
	return others, found, err
}

// ownFiles is what the names of the files begin with that these commands make in a
// queue for themselves.
const ownFiles = "switchboard."

// holdsQueue says whether a name is that of a subdirectory that is a runner's queue by
// its name or holds entries.
func (d *Dir) holdsQueue(name string, hasRunner func(string) bool) bool {
	st, err := d.dir.Lstat(name)
	if err != nil || !st.IsDir() || slices.Contains(notRunners, name) {
		return false
	}
	if hasRunner(name) {
		return true
	}
	sub, err := openWith(d.sys, join(d.path, name), Options{})
	if err != nil {
		return false
	}
	defer sub.Close()
	_, found, err := sub.irregular(false)
	return err == nil && found
}

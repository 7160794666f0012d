package queue

import (
	"slices"
	"strings"
)

// notRunners are queues without a runner: of Mailman, and common additions of sites. A
// directory that holds one of them may still be a queue, which can have its bad and shunt
// queues inside.
var notRunners = []string{"bad", "hold", "retry", "shunt"}

// mostNamed is the most queues that the error of Check names.
const mostNamed = 12

// Check returns an [*Error] that is [ErrNotQueue] if the directory is not a queue: it holds
// queues and no entry, or it is for everybody's temporary files, like /tmp. Nobody would
// find mail that was stored there, and a monitor of it would see nothing of the queues
// inside. An empty directory is a queue, and so is one with a file that only this toolkit
// makes.
//
// Check reads names only if the directory can have two subdirectories, and stops at the
// first entry, so it is fast even for a deep queue. It does not report that it cannot
// read the directory: the command will.
//
// hasRunner reports whether some Mailman has a runner for a queue of that name.
func (d *Dir) Check(hasRunner func(name string) bool) error {
	st, err := d.dir.Stat()
	if err != nil {
		return nil
	}
	everybodys := st.LikeTmp()
	// A directory has a link for its name, one for its own ".", and one for the ".." of
	// each subdirectory. Filesystems that do not count subdirectories report 1.
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

// configureIt is the remedy for a queue that looks like another kind of directory.
const configureIt = "if it is a queue all the same, give it a table in switchboard.toml(5)"

// notQueue is the ErrNotQueue whose text says what the directory is instead.
type notQueue string

func (e notQueue) Error() string        { return string(e) }
func (e notQueue) Is(target error) bool { return target == ErrNotQueue }

// irregular lists the files that are not regular. It stops when it finds a file of the
// toolkit's own or, unless oursOnly, an entry.
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

// ownFiles is the prefix of the names of the toolkit's own files in a queue.
const ownFiles = "switchboard."

// holdsQueue reports whether name is a subdirectory that has the name of a runner's queue
// or holds entries.
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

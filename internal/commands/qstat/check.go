package qstat

import (
	"errors"
	"fmt"
	"io/fs"
	"sync/atomic"
	"time"

	"switchboard/internal/cmdline"
	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// entryMode is the mode that Mailman and this toolkit give an entry.
const entryMode fs.FileMode = 0o660

// theirMode is the mode that Mailman 3 gives an entry if it does not set a umask.
const theirMode fs.FileMode = 0o644

// problems reads every entry of a queue and prints what is wrong: one line or one JSON
// object per problem. It reads them in the order of the directory.
func (s *stat) problems(dir queue.Queue) error {
	info, err := dir.Info()
	if err != nil {
		return err
	}
	c := &checkup{dir: dir}
	c.uid, c.gid = info.Owner()
	progress := s.c.Progress("checked")
	defer progress.Done()
	var n atomic.Int64
	check := func(f file, a *answer) error {
		wrongs, err := c.file(f.File)
		if err != nil {
			return err
		}
		for _, what := range wrongs {
			if s.JSON {
				a.text = cmdline.Object{"entry": dir.Join(f.Name), "queue": dir.Path(), "problem": what}.Append(a.text)
			} else {
				a.text = appendRow(a.text, cmdline.Printable(dir.Join(f.Name)), cmdline.Printable(what))
			}
			a.record()
		}
		progress.Count(int(n.Add(1)))
		return nil
	}
	wrong := 0
	err = s.inOrder(in(dir, dir.Each()), check, func(record []byte) error {
		wrong++
		return s.c.Line(record)
	})
	if err == nil && wrong > 0 {
		err = cmdline.Exit(cmdline.DataError)
	}
	return err
}

// checkup says what is wrong with the files of a queue. uid and gid own the queue.
type checkup struct {
	dir      queue.Queue
	uid, gid int
}

// file returns what is wrong with a file. That the queue's server cannot answer is not a
// problem of the entry, but an error.
func (c *checkup) file(f queue.File) (wrongs []string, err error) {
	if f.State == queue.Stray {
		return []string{"stray: not a file of a queue"}, nil
	}
	e, err := c.dir.Read(f.ID, f.State)
	if e == nil {
		if errors.Is(err, queue.ErrState) {
			return nil, nil
		}
		if queue.Unavailable(err) {
			return nil, err
		}
		return []string{"unreadable: " + queue.Cause(err).Error()}, nil
	}
	defer e.Close()
	if f.State == queue.Temporary {
		if what := future(e.Info.ModTime(), "written"); what != "" {
			return []string{what}, nil
		}
		if age := time.Since(e.Info.ModTime()); age > queue.DebrisAge {
			return []string{"temporary file, " + cmdline.FormatAge(age) + " old: left by a crash"}, nil
		}
		return nil, nil
	}
	if err == nil {
		err = e.Content.CheckText()
	}
	switch {
	case queue.Unavailable(err):
		return nil, err
	case e.Info.Size() == 0:
		wrongs = append(wrongs, "empty")
	case err != nil:
		wrongs = append(wrongs, "unreadable: "+queue.Cause(err).Error())
	}
	if f.Doubled && c.dir.Has(f.ID, queue.InFlight) {
		wrongs = append(wrongs, "conflict: also in flight")
	}
	if twin, err := c.dir.Twin(e); err != nil {
		wrongs = append(wrongs, "cannot be checked for an interrupted move: "+queue.Cause(err).Error())
	} else if twin != "" {
		wrongs = append(wrongs, "interrupted move: also at "+twin)
	}
	if mode := e.Info.Mode(); mode != entryMode && !(mode == theirMode && e.Content != nil && e.Content.Dialect() == message.Mailman3) {
		wrongs = append(wrongs, fmt.Sprintf("mode %04o, not %04o", mode, entryMode))
	}
	if u, g := e.Info.Owner(); u != c.uid || g != c.gid {
		wrongs = append(wrongs, fmt.Sprintf("owner %d:%d, not the queue's %d:%d", u, g, c.uid, c.gid))
	}
	if what := future(e.Info.ChangeTime(), "changed"); what != "" {
		wrongs = append(wrongs, what)
	}
	if what := future(f.ID.Received(), "received"); what != "" {
		wrongs = append(wrongs, what)
	}
	return wrongs, nil
}

// future returns a text if a time is in the future, and otherwise "". A clock was ahead, or
// a file server's clock still is. The age of the file is then unknown, and an entry that
// was received in the future is claimed after all others.
func future(t time.Time, what string) string {
	if ahead := time.Until(t); ahead > queue.ClockSkew {
		return fmt.Sprintf("%s %s in the future: a clock was ahead", what, cmdline.FormatAge(ahead))
	}
	return ""
}

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// entryMode is the mode that Mailman and this toolkit give an entry.
const entryMode fs.FileMode = 0o660

// theirMode is the mode that Mailman 3 gives an entry if it does not set a umask.
const theirMode fs.FileMode = 0o644

// problems reads every entry of a queue and prints what is wrong: one line or one JSON
// object per problem. It reads them in the order of the directory.
func (s *stat) problems(dir *queue.Dir) error {
	info, err := dir.Info()
	if err != nil {
		return err
	}
	uid, gid := info.Owner()
	n, wrong := 0, 0
	progress := s.c.Progress("checked")
	defer progress.Done()
	tell := func(name, what string) error {
		wrong++
		if s.JSON {
			return s.c.Object(cmdline.Object{"entry": dir.Join(name), "queue": dir.Path(), "problem": what})
		}
		return s.c.Println(cmdline.Printable(dir.Join(name)) + "\t" + cmdline.Printable(what))
	}
	check := func(f queue.File) error {
		n++
		progress.Count(n)
		if f.State == queue.Stray {
			return tell(f.Name, "stray: not a file of a queue")
		}
		e, err := dir.Read(f.ID, f.State)
		if e == nil {
			if errors.Is(err, queue.ErrState) {
				return nil
			}
			return tell(f.Name, "unreadable: "+queue.Cause(err).Error())
		}
		defer e.Close()
		if f.State == queue.Temporary {
			if what := future(e.Info.ModTime(), "written"); what != "" {
				return tell(f.Name, what)
			}
			if age := time.Since(e.Info.ModTime()); age > queue.DebrisAge {
				return tell(f.Name, "temporary file, "+cmdline.FormatAge(age)+" old: left by a crash")
			}
			return nil
		}
		if err == nil {
			err = e.Content.CheckText()
		}
		var wrongs []string
		switch {
		case e.Info.Size() == 0:
			wrongs = append(wrongs, "empty")
		case err != nil:
			wrongs = append(wrongs, "unreadable: "+queue.Cause(err).Error())
		}
		if f.Doubled && dir.Has(f.ID, queue.InFlight) {
			wrongs = append(wrongs, "conflict: also in flight")
		}
		if twin, err := dir.Twin(e); err != nil {
			wrongs = append(wrongs, "cannot be checked for an interrupted move: "+queue.Cause(err).Error())
		} else if twin != "" {
			wrongs = append(wrongs, "interrupted move: also at "+twin)
		}
		if mode := e.Info.Mode(); mode != entryMode && !(mode == theirMode && e.Content != nil && e.Content.Dialect() == message.Mailman3) {
			wrongs = append(wrongs, fmt.Sprintf("mode %04o, not %04o", mode, entryMode))
		}
		if u, g := e.Info.Owner(); u != uid || g != gid {
			wrongs = append(wrongs, fmt.Sprintf("owner %d:%d, not the queue's %d:%d", u, g, uid, gid))
		}
		if what := future(e.Info.ChangeTime(), "changed"); what != "" {
			wrongs = append(wrongs, what)
		}
		if what := future(f.ID.Received(), "received"); what != "" {
			wrongs = append(wrongs, what)
		}
		for _, what := range wrongs {
			if err := tell(f.Name, what); err != nil {
				return err
			}
		}
		return nil
	}
	for f, err := range dir.Each() {
		if err == nil {
			err = check(f)
		}
		if err != nil {
			return err
		}
	}
	if wrong > 0 {
		return cmdline.Exit(cmdline.DataError)
	}
	return nil
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

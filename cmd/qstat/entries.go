package main

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/jsonline"
	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// found is an entry that was chosen. entry is nil where its name was enough.
type found struct {
	path  string
	id    queue.ID
	state queue.State
	entry *queue.Entry
	err   error
}

// sorted is up to how many entries -l shows oldest first. It shows more of them in the
// order of the directory, so that memory does not grow with the queue.
const sorted = 10_000

// named is an entry of which no more than its name was looked at.
type named struct {
	id    queue.ID
	state queue.State
}

// order puts the oldest first, and an entry that is met in two states in the
// order of these.
func (n named) order(other named) int {
	return cmp.Or(n.id.Compare(other.id), cmp.Compare(n.state, other.state))
}

// each calls do for the entries that are wanted. It passes over an entry that
// goes in the meantime.
func (ch *choice) each(c *cmdline.Context, dir *queue.Dir, do func(*found) error) error {
	limit := sorted
	if c.Bool("entries") {
		limit = math.MaxInt // the order of -e is a promise
		if state := ch.states[0]; len(ch.states) == 1 && state != queue.Stray {
			// In a deep queue, this makes nothing of the names in other states.
			ids, err := dir.List(state, ch.filter())
			if err != nil {
				return err
			}
			for _, id := range ids {
				if err := ch.one(c, dir, named{id, state}, do); err != nil {
					return err
				}
			}
			return nil
		}
	}
	var (
		wanted = ch.filter()
		first  []named
		many   bool
	)
	err := dir.Each(func(f queue.File) error {
		switch {
		case !slices.Contains(ch.states, f.State):
			return nil
		case f.State == queue.Stray:
			return do(&found{path: dir.Join(f.Name), state: queue.Stray})
		case !wanted(f.ID):
			return nil
		case many:
			return ch.one(c, dir, named{f.ID, f.State}, do)
		}
		if first = append(first, named{f.ID, f.State}); len(first) > limit {
			entries := first
			first, many = nil, true
			return ch.all(c, dir, entries, do)
		}
		return nil
	})
	if err != nil || many {
		return err
	}
	slices.SortFunc(first, named.order)
	return ch.all(c, dir, first, do)
}

func (ch *choice) all(c *cmdline.Context, dir *queue.Dir, entries []named, do func(*found) error) error {
	for _, n := range entries {
		if err := ch.one(c, dir, n, do); err != nil {
			return err
		}
	}
	return nil
}

// one opens an entry if its name is not enough, and calls do.
func (ch *choice) one(c *cmdline.Context, dir *queue.Dir, n named, do func(*found) error) error {
	f := &found{path: dir.EntryPath(n.id, n.state), id: n.id, state: n.state}
	if ch.list != "" || c.Bool("long") || c.Bool("json") && !c.IsSet("count") {
		f.entry, f.err = dir.Read(n.id, n.state)
		if errors.Is(f.err, queue.ErrState) {
			return nil
		}
		if f.entry != nil {
			defer f.entry.Close()
		}
		if n.state == queue.Temporary && f.entry != nil {
			f.err = nil // it is being written: nothing is wrong with it
		}
	}
	if ch.list != "" && f.content() == nil && f.err != nil {
		c.Report(f.err) // whose it is cannot be told
		return nil
	}
	if ch.list != "" && (f.content() == nil || f.content().List() != ch.list) {
		return nil
	}
	return do(f)
}

func (f *found) content() *message.Content {
	if f.entry == nil {
		return nil
	}
	return f.entry.Content
}

// entries is -l and -e.
func (ch *choice) entries(c *cmdline.Context, dir *queue.Dir, t *table) error {
	shown := 0
	err := ch.each(c, dir, func(f *found) error {
		shown++
		switch {
		case c.Bool("json"):
			return asJSON(c, dir, f)
		case c.Bool("entries"):
			if c.Terminal() && !c.Bool("null") {
				return c.Println(cmdline.Printable(f.path)) // for eyes
			}
			return c.Println(f.path)
		}
		return f.row(c, t)
	})
	if err == nil && shown == 0 && c.Bool("long") && !c.IsSet("state") && ch.everything() {
		return hint(c, dir)
	}
	return err
}

// row is the line of -l.
func (f *found) row(c *cmdline.Context, t *table) error {
	if f.state == queue.Stray {
		return t.row(entryColumns, "stray", "-", "-", "-", "-", "-", "-", cmdline.Printable(f.path))
	}
	size, restores, list, sender, subject, origin := "-", "-", "-", "-", "-", ""
	if f.entry != nil {
		size = strconv.FormatInt(f.entry.Info.Size(), 10)
	}
	if m := f.content(); m != nil {
		restores, list = strconv.Itoa(m.Restores()), m.List()
		if sender = m.Sender(); sender == "" {
			sender, _ = m.Decoded("From")
		}
		subject, _ = m.Decoded("Subject")
		origin = m.WhichQueue()
	} else if f.err != nil {
		subject = "(cannot be read)"
		c.Report(f.err)
	}
	cells := []string{f.state.String(), cmdline.FormatAge(time.Since(f.id.Received())), size, restores,
		cell(list), cell(sender), cell(subject), cmdline.Printable(f.path)}
	// Only what was preserved or shunted has an origin.
	if origin != "" {
		cells = append(cells, cell(origin))
	}
	return t.row(entryColumns, cells...)
}

// cell makes a header fit into a table.
func cell(s string) string {
	if s == "" {
		return "-"
	}
	return cmdline.Printable(s)
}

// hint says that a queue in which nothing is ready has entries in other states:
// those of a bad queue are preserved.
func hint(c *cmdline.Context, dir *queue.Dir) error {
	n, err := dir.Count(queue.Slice{})
	if err != nil {
		return err
	}
	var others []string
	for _, state := range []queue.State{queue.InFlight, queue.Preserved} {
		if number := n.ByState[state]; number > 0 {
			others = append(others, fmt.Sprintf("%d %s", number, stateWords[state]))
		}
	}
	if len(others) > 0 {
		c.Warn(&queue.Error{Path: dir.Path(), Err: errors.New("nothing ready, " + strings.Join(others, ", ")), Remedy: "--state any shows all entries"})
	}
	return nil
}

// asJSON prints an entry with what the system says of its file.
func asJSON(c *cmdline.Context, dir *queue.Dir, f *found) error {
	if f.state == queue.Stray {
		return c.Object(cmdline.Object{"entry": f.path, "queue": dir.Path(), "state": f.state.String()})
	}
	if f.err != nil && f.content() == nil {
		c.Report(f.err)
	}
	return c.JSON(cmdline.Record{
		Path: f.path, Queue: dir.Path(), ID: f.id, State: f.state, Content: f.content(),
		Extra: func(o *jsonline.Object) {
			if f.entry != nil {
				info := f.entry.Info
				uid, gid := info.Owner()
				o.Int("size", info.Size())
				o.Text("mode", "0"+strconv.FormatInt(int64(info.Mode()), 8))
				o.Int("uid", int64(uid))
				o.Int("gid", int64(gid))
				o.Time("changed", info.ChangeTime())
			}
			if m := f.content(); m == nil {
				if f.err != nil {
					o.Text("error", f.err.Error())
				}
			} else {
				o.Text("format", m.Dialect().String())
				o.Text("class", m.Class())
				if origin := m.WhichQueue(); origin != "" {
					o.Text("origin", origin)
				}
			}
		},
	})
}

package main

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"switchboard/pkg/cmdline"
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

// sorted is how many entries are shown oldest first though nobody asked for
// that: more of them are shown as the directory has them, so that memory does
// not grow with the queue.
const sorted = 10_000

// each calls do for the entries that are wanted. An entry that goes in the
// meantime is passed over.
func (ch *choice) each(c *cmdline.Context, dir *queue.Dir, do func(*found) error) error {
	if c.Bool("entries") && ch.state != queue.Stray {
		ids, err := dir.List(ch.state, ch.filter())
		if err != nil {
			return err
		}
		return ch.all(c, dir, ids, do)
	}
	var (
		wanted = ch.filter()
		first  []queue.ID
		many   bool
	)
	err := dir.Each(func(f queue.File) error {
		switch {
		case f.State != ch.state:
			return nil
		case f.State == queue.Stray:
			return do(&found{path: dir.Join(f.Name), state: queue.Stray})
		case !wanted(f.ID):
			return nil
		case many:
			return ch.one(c, dir, f.ID, do)
		}
		if first = append(first, f.ID); len(first) > sorted {
			ids := first
			first, many = nil, true
			return ch.all(c, dir, ids, do)
		}
		return nil
	})
	if err != nil || many {
		return err
	}
	slices.SortFunc(first, queue.ID.Compare)
	return ch.all(c, dir, first, do)
}

func (ch *choice) all(c *cmdline.Context, dir *queue.Dir, ids []queue.ID, do func(*found) error) error {
	for _, id := range ids {
		if err := ch.one(c, dir, id, do); err != nil {
			return err
		}
	}
	return nil
}

// one opens an entry if its name is not enough, and calls do.
func (ch *choice) one(c *cmdline.Context, dir *queue.Dir, id queue.ID, do func(*found) error) error {
	f := &found{path: dir.EntryPath(id, ch.state), id: id, state: ch.state}
	if ch.list != "" || c.Bool("long") || c.Bool("json") && !c.IsSet("count") {
		f.entry, f.err = dir.Read(id, ch.state)
		if errors.Is(f.err, queue.ErrState) {
			return nil
		}
		if f.entry != nil {
			defer f.entry.Close()
		}
		if ch.state == queue.Temporary && f.entry != nil {
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
	return ch.each(c, dir, func(f *found) error {
		switch {
		case c.Bool("json"):
			return asJSON(c, dir, f)
		case c.Bool("entries"):
			if c.Terminal() && !c.Bool("null") {
				return c.Println(cmdline.Printable(f.path)) // for eyes
			}
			return c.Println(f.path)
		case f.state == queue.Stray:
			return t.row("stray", "-", "-", "-", "-", "-", "-", cmdline.Printable(f.path))
		}
		t.head("state", "age", "size", "restores", "list", "sender", "subject", "  path")
		size, restores, list, sender, subject, origin := "-", "-", "-", "-", "-", ""
		if f.entry != nil {
			size = strconv.FormatInt(f.entry.Info.Size(), 10)
		}
		if m := f.content(); m != nil {
			restores, list = strconv.Itoa(m.Restores()), m.List()
			sender, _ = m.Header("From")
			subject, _ = m.Header("Subject")
			origin = m.WhichQueue()
		} else if f.err != nil {
			subject = "(cannot be read)"
			c.Report(f.err)
		}
		cells := []string{f.state.String(), cmdline.FormatAge(time.Since(f.id.Received())), size, restores,
			cell(list, 0), cell(sender, width(c)), cell(subject, width(c))}
		return t.row(append(cells, whereabouts(c, f.path, origin)...)...)
	})
}

// whereabouts are the last cells: the path, and where an entry that was put
// aside came from, for whoever thinks of bringing it back. Most have no origin,
// and no cell for it.
func whereabouts(c *cmdline.Context, path, origin string) []string {
	path = cmdline.Printable(path)
	switch {
	case origin == "":
		return []string{path}
	case c.Terminal():
		return []string{path + "  from " + cell(origin, 2*width(c))}
	}
	return []string{path, cell(origin, 0)}
}

// width is how much of a header a terminal gets; 0 is all.
func width(c *cmdline.Context) int {
	if c.Terminal() {
		return 32
	}
	return 0
}

// cell makes a header fit into a table.
func cell(s string, limit int) string {
	if s == "" {
		return "-"
	}
	s = cmdline.Printable(s)
	if runes := []rune(s); limit > 0 && len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return s
}

// asJSON prints an entry with what the system says of its file.
func asJSON(c *cmdline.Context, dir *queue.Dir, f *found) error {
	if f.state == queue.Stray {
		return c.Object(cmdline.Object{"entry": f.path, "queue": dir.Path(), "state": f.state.String()})
	}
	r := cmdline.Record{Path: f.path, Queue: dir.Path(), ID: f.id, State: f.state, Content: f.content()}
	if f.entry != nil {
		info := f.entry.Info
		uid, gid := info.Owner()
		r.Extra = []any{"size", info.Size(), "mode", "0" + strconv.FormatInt(int64(info.Mode()), 8),
			"uid", int64(uid), "gid", int64(gid), "changed", info.ChangeTime().UTC().Format(time.RFC3339Nano)}
	}
	if m := f.content(); m != nil {
		r.Extra = append(r.Extra, "format", m.Dialect().String(), "class", m.Class(), "list", m.List())
		if origin := m.WhichQueue(); origin != "" {
			r.Extra = append(r.Extra, "origin", origin)
		}
		for _, name := range []string{"From", "Subject", "Message-ID"} {
			if value, ok := m.Header(name); ok {
				r.Extra = append(r.Extra, memberNames[name], value)
			}
		}
	} else if f.err != nil {
		r.Extra = append(r.Extra, "error", f.err.Error())
		c.Report(f.err)
	}
	return c.JSON(r)
}

var memberNames = map[string]string{"From": "sender", "Subject": "subject", "Message-ID": "message_id"}

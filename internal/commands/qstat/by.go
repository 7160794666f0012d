package qstat

import (
	"cmp"
	"errors"
	"strconv"
	"strings"
	"time"

	"switchboard/internal/cmdline"
	"switchboard/pkg/jsonline"
	"switchboard/pkg/queue"
	"switchboard/pkg/tally"
)

// group counts the entries of a queue in groups, for --by.
func (s *stat) group(dir queue.Queue) error {
	if s.tally == nil {
		s.tally = tally.New(time.Now())
	}
	by := s.by.Value
	err := s.each(in(dir, s.files(dir)), func(f *found, a *answer) error {
		size, err := f.size()
		if errors.Is(err, queue.ErrState) {
			return nil
		}
		if err = cmp.Or(f.err, err); err != nil {
			a.report(err)
		}
		e := tally.Entry{Received: f.id.Received(), Size: size}
		if content := f.content(); content != nil || !by.Reads() {
			s.tally.Add(e, by.Names(f.id, content)...)
		} else {
			s.tally.AddUnreadable(e)
		}
		return nil
	}, nil)
	return s.lookedAt(dir, err)
}

// groups prints the groups of all queues together.
func (s *stat) groups() error {
	if s.tally.Total().Entries == 0 {
		if err := s.nothingAtAll(); err != nil {
			return err
		}
	}
	groups := s.tally.Groups()
	s.by.Value.Sort(groups, s.key)
	groups = cut(&s.order, groups)
	if s.JSON {
		for _, g := range groups {
			if err := s.c.Line(s.groupJSON(g)); err != nil {
				return err
			}
		}
		return nil
	}
	columns := groupColumns(s.by.Value, s.shape)
	if s.shape {
		if err := s.table.row(columns, s.groupRow(s.tally.Total(), "TOTAL")); err != nil {
			return err
		}
	}
	for _, g := range groups {
		name := cell(g.Name)
		if g.Unreadable {
			name = notRead
		}
		if err := s.table.row(columns, s.groupRow(g, name)); err != nil {
			return err
		}
	}
	return nil
}

// notRead is what tables show of entries that cannot be read.
const notRead = "(cannot be read)"

// groupColumns returns the columns of the table of groups.
func groupColumns(by tally.By, shape bool) []column {
	columns := []column{{name: "entries"}}
	if shape {
		for _, bucket := range tally.Buckets {
			columns = append(columns, column{name: bucket})
		}
	} else {
		columns = append(columns, column{name: "bytes"}, column{name: "oldest"}, column{name: "newest"})
	}
	// The end of a domain or a path tells more than its beginning.
	ends := by == tally.SenderDomain || by == tally.RecipientDomain || by == tally.Origin
	return append(columns, column{name: by.String(), text: true, path: ends, least: 16})
}

// groupRow makes the row of a group.
func (s *stat) groupRow(g *tally.Group, name string) []byte {
	cells := []string{strconv.Itoa(g.Entries)}
	if s.shape {
		for _, n := range g.Shape {
			cells = append(cells, strconv.Itoa(n))
		}
	} else {
		cells = append(cells, strconv.FormatInt(g.Bytes, 10), age(g.Oldest), age(g.Newest))
	}
	return appendRow(nil, append(cells, name)...)
}

func age(received time.Time) string { return cmdline.FormatAge(time.Since(received)) }

// groupJSON makes the JSON object of a group.
func (s *stat) groupJSON(g *tally.Group) []byte {
	var o jsonline.Object
	switch name := strings.ReplaceAll(s.by.Value.String(), "-", "_"); {
	case g.Unreadable:
		o.Bool("unreadable", true)
	case s.by.Value == tally.Hour:
		o.Time(name, g.Oldest.Truncate(time.Hour))
	default:
		o.Text(name, g.Name)
	}
	o.Int("entries", int64(g.Entries))
	o.Int("bytes", g.Bytes)
	o.Time("oldest", g.Oldest)
	o.Time("newest", g.Newest)
	if s.shape {
		var shape jsonline.Object
		for i, bucket := range tally.Buckets {
			shape.Int(bucket, int64(g.Shape[i]))
		}
		o.Name("shape")
		o.AppendTo(func(b []byte) ([]byte, error) { return append(b, shape.End()...), nil })
	}
	return o.End()
}

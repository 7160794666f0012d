package qstat

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"switchboard/internal/cmdline"
	"switchboard/pkg/queue"
)

// one prints all that is known about an entry.
func (s *stat) one(operand string) error {
	o, err := s.c.Entry(operand)
	if err == nil {
		err = s.chosen.CheckEntry(operand)
	}
	switch {
	case err != nil:
		return err
	case s.by.Given:
		return cmdline.Usagef("%s: --by needs a QUEUE, not an entry", operand)
	case s.order.given():
		return cmdline.Usagef("%s: --sort, --reverse and --limit need a QUEUE, not an entry", operand)
	case s.count.Given:
		return cmdline.Usagef("%s: --count needs a QUEUE, not an entry", operand)
	case s.check:
		return cmdline.Usagef("%s: --check needs a QUEUE, not an entry", operand)
	}
	e, err := s.c.Read(o)
	if e == nil {
		return err
	}
	defer e.Close()
	f := &found{dir: o.Dir, path: e.Path(), id: e.ID, state: e.State, entry: e, err: err}
	if s.JSON || !s.entries {
		f.reason = s.reason(o, f)
		f.claimer, f.until = s.holder(o, f)
	}
	if s.JSON {
		var a answer
		err := asJSON(f, &a)
		if err == nil {
			a.record()
		}
		return cmp.Or(err, a.print(s.c.Line, s.c.Report))
	}
	if s.entries {
		return s.c.Println(s.plain(f.path))
	}
	uid, gid := e.Info.Owner()
	rows := [][2]string{
		{"entry", f.path},
		{"state", f.state.String()},
		{"received", f.id.Received().Format(time.RFC3339Nano)},
		{"changed", e.Info.ChangeTime().UTC().Format(time.RFC3339Nano)},
		{"size", fmt.Sprint(e.Info.Size())},
	}
	if uid >= 0 { // a file has an owner
		rows = append(rows, [2]string{"mode", fmt.Sprintf("%04o, owner %d, group %d", e.Info.Mode(), uid, gid)})
	}
	if f.claimer != "" {
		rows = append(rows, [2]string{"claimed by", f.claimer})
	}
	if !f.until.IsZero() {
		rows = append(rows, [2]string{"lease", "until " + f.until.UTC().Format(time.RFC3339)})
	}
	if r := f.reason; r != nil {
		rows = append(rows, [2]string{"why", r.Text}, [2]string{"logged", r.Stamp + " (local time), " + r.Path})
	}
	if m := e.Content; m != nil {
		rows = append(rows, [][2]string{
			{"format", m.Dialect().String()},
			{"message", messageKind(m.Class())},
			{"restores", fmt.Sprint(m.Restores())},
			{"list", m.List()},
		}...)
		if origin := m.WhichQueue(); origin != "" {
			rows = append(rows, [2]string{"origin", origin})
		}
		if d, ok := m.Delivery(); ok {
			rows = append(rows, deliveryRows(d)...)
		}
		rows = append(rows, [2]string{"sender", m.Sender()}, [2]string{"recipients", strings.Join(m.Recipients(), " ")})
		for _, row := range [][2]string{{"from", "From"}, {"subject", "Subject"}, {"message-id", "Message-ID"}} {
			if value, ok := m.Decoded(row[1]); ok {
				rows = append(rows, [2]string{row[0], value})
			}
		}
		if metadata, jsonErr := m.AppendMetadata(nil); jsonErr == nil {
			rows = append(rows, [2]string{"metadata", string(metadata)})
		}
	}
	for _, row := range rows {
		value := row[1]
		if row[0] != "metadata" { // which is JSON
			value = cmdline.Printable(value)
		}
		if err := s.c.Println(fmt.Sprintf("%-10s %s", row[0], value)); err != nil {
			return err
		}
	}
	return err
}

// holder returns who has claimed an entry, and until when, if its queue knows.
func (s *stat) holder(o cmdline.Operand, f *found) (claimer string, until time.Time) {
	h, ok := o.Dir.(queue.Holder)
	if !ok || f.state != queue.InFlight {
		return "", time.Time{}
	}
	claimer, until, err := h.HeldBy(f.id)
	if err != nil {
		s.c.Report(err)
	}
	return claimer, until
}

func messageKind(class string) string {
	if class == "" {
		return "text"
	}
	return class
}

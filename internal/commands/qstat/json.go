package qstat

import (
	"strconv"

	"switchboard/internal/cmdline"
	"switchboard/pkg/jsonline"
	"switchboard/pkg/queue"
)

// asJSON adds an entry as JSON, with the size, owner and times of its file.
func asJSON(f *found, a *answer) (err error) {
	if f.state == queue.Stray {
		a.text = cmdline.Object{"entry": f.path, "queue": f.dir.Path(), "state": f.state.String()}.Append(a.text)
		return nil
	}
	if f.err != nil && f.content() == nil {
		a.report(f.err)
	}
	a.text, err = cmdline.Record{
		Path: f.path, Queue: f.dir.Path(), ID: f.id, State: f.state, Content: f.content(),
		Extra: func(o *jsonline.Object) {
			if f.entry != nil {
				info := f.entry.Info
				o.Int("size", info.Size())
				if uid, gid := info.Owner(); uid >= 0 { // a file has an owner
					o.Text("mode", "0"+strconv.FormatInt(int64(info.Mode()), 8))
					o.Int("uid", int64(uid))
					o.Int("gid", int64(gid))
				}
				o.Time("changed", info.ChangeTime())
			}
			if f.claimer != "" {
				o.Text("claimed_by", f.claimer)
			}
			if !f.until.IsZero() {
				o.Time("lease_until", f.until)
			}
			if r := f.reason; r != nil {
				o.Text("why", r.Text)
				o.Time("logged", r.Time)
				o.Text("log", r.Path)
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
				if d, ok := m.Delivery(); ok {
					deliveryJSON(o, d)
				}
			}
		},
	}.Append(a.text)
	return err
}

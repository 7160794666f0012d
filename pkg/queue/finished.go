package queue

import "switchboard/pkg/queue/internal/disk"

// The file of a finished entry has no name any more, and a filesystem deletes its content when it
// is closed. That takes longer than to remove the name. The next sync closes such files, while the
// caller of [Dir.StartSync] goes on with other entries.

// closeLater leaves files to the next sync.
func (d *Dir) closeLater(files ...disk.File) { d.finished = append(d.finished, files...) }

// takeFinished returns what closes the files that were left to this sync.
func (d *Dir) takeFinished() (closes func() error) {
	files := d.finished
	d.finished = nil
	return func() (err error) {
		for _, f := range files {
			err = firstError(err, f.Close())
		}
		return err
	}
}

// makeRoom closes the files that are left to a sync, because too many are open. It reports
// whether there were some. Errors of closing them are dropped: the entries are finished, and no
// name leads to their content.
func (d *Dir) makeRoom() bool {
	some := len(d.finished) > 0 || d.started != nil
	if d.started != nil {
		d.started() // its error stays for the next sync
	}
	d.takeFinished()()
	return some
}

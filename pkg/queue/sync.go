package queue

// syncTogether is the number of files from which on one sync of the whole
// filesystem is used, which waits for everybody's data.
const syncTogether = 16

// synced is how it went to make the content of files durable.
type synced struct {
	// errs has an error or nil for each file; nil is that all of them are durable.
	errs []error
	// names says that the names are durable, too, that entries of this filesystem
	// had been given when the sync began.
	names bool
}

// startSync begins to make the content of files of this queue durable. wait
// waits until it is.
func (d *Dir) startSync(files []file) (wait func() synced) {
	each := func() synced {
		errs := make([]error, len(files))
		for i, f := range files {
			errs[i] = f.Sync()
		}
		return synced{errs: errs}
	}
	switch {
	case d.opt.NoSync || len(files) == 0:
		return func() synced { return synced{} }
	case len(files) >= syncTogether:
		all := d.dir.SyncFS()
		return func() synced {
			if ok, err := all(); ok && err == nil {
				return synced{names: true}
			}
			// Each file is asked for its own part in the failure.
			return each()
		}
	case len(files) > 1:
		for _, f := range files {
			f.StartSync()
		}
	}
	return each
}

// startSyncNames is startSync, and takes the moves made so far for durable if it
// makes them so: Sync then has only later ones to see to.
func (d *Dir) startSyncNames(files []file) (wait func() synced) {
	moved := d.dirty
	d.dirty = nil
	content := d.startSync(files)
	return func() synced {
		s := content()
		if !s.names {
			for _, q := range moved {
				d.touch(q)
			}
		}
		return s
	}
}

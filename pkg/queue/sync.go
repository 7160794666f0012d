package queue

// syncTogether is the number of files from which on one sync of the whole
// filesystem is used, which waits for everybody's data.
const syncTogether = 16

// startSync begins to make the content of files of this queue durable. wait
// returns nil when all of it is, or else an error or nil for each file.
func (d *Dir) startSync(files []file) (wait func() []error) {
	each := func() []error {
		errs := make([]error, len(files))
		for i, f := range files {
			errs[i] = f.Sync()
		}
		return errs
	}
	switch {
	case d.opt.NoSync || len(files) == 0:
		return func() []error { return nil }
	case len(files) >= syncTogether:
		all := d.dir.SyncFS()
		return func() []error {
			if ok, err := all(); ok && err == nil {
				return nil
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

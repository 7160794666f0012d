package fakedisk

// fsSync is a sync of the content that was on a filesystem when it began. It does not
// make names durable: see disk.Dir.SyncFS.
type fsSync struct {
	disk *Disk
	fs   *filesystem
	// writes is how many unsynced writes each file had.
	writes map[*Inode]int
}

func (d *Disk) StartSyncFS(fs *filesystem) *fsSync {
	s := &fsSync{d, fs, map[*Inode]int{}}
	for _, n := range d.all() {
		s.writes[n] = len(n.writes)
	}
	return s
}

func (s *fsSync) Finish() {
	for n, writes := range s.writes {
		if n.FS == s.fs {
			s.disk.syncWrites(n, min(writes, len(n.writes)))
		}
	}
}

// fail loses what was written since the sync began. No later sync of the filesystem
// reports that, but the next sync of the file does.
func (s *fsSync) fail(err error) {
	for _, n := range s.disk.all() {
		for i := min(s.writes[n], len(n.writes)); n.FS == s.fs && i < len(n.writes); i++ {
			n.writes[i].lost, n.failed = true, err
		}
	}
}

// WriteBack makes everything on a filesystem durable, as the kernel does after a while.
func (d *Disk) WriteBack(fs *filesystem) {
	d.StartSyncFS(fs).Finish()
	for _, c := range fs.pending {
		c.keep()
	}
	fs.pending = nil
	d.Version++
}

package queue

import (
	"time"

	"switchboard/pkg/queue/internal/claims"
	"switchboard/pkg/queue/internal/disk"
)

// claimCache returns the claim cache of a slice of the queue: see package claims.
func (d *Dir) claimCache(s Slice) claims.Cache {
	return claims.Of(cacheDir{d.dir, d}, s.Index, s.Count)
}

// outdate discards the claim caches that would hide id, which has just become ready.
func (d *Dir) outdate(id ID) { claims.Outdate(d.dir, id.time) }

// cacheDir is the queue's directory as package claims uses it.
type cacheDir struct {
	disk.Dir
	queue *Dir
}

func (c cacheDir) Now() time.Time { return c.queue.sys.Now() }

// ReplaceFile writes a cache file in place of the old one. It syncs nothing, because a
// cache may be lost at any time.
func (c cacheDir) ReplaceFile(name string, content []byte) bool {
	d := c.queue
	st, err := d.dir.Stat()
	if err != nil {
		return false
	}
	f, tmp, err := d.createOwn(st, ourMode)
	if err != nil {
		return false
	}
	if _, err = f.WriteAt(content, 0); err == nil {
		if st, gone := d.dir.Lstat(name); gone == nil && !st.Regular() {
			err = ErrStray // this is not a file that we made
		} else if gone == nil {
			err = d.dir.Unlink(name)
		}
	}
	if err == nil || err == disk.ErrNotExist {
		err = d.renameFile(tmp, d, name)
	}
	f.Close()
	if err != nil {
		d.dir.Unlink(tmp)
		return false
	}
	return true
}

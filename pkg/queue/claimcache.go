package queue

import (
	"time"

	"switchboard/pkg/queue/internal/claims"
	"switchboard/pkg/queue/internal/disk"
)

// claimCache is the claim cache of a slice of the queue: see package claims.
func (d *Dir) claimCache(s Slice) claims.Cache {
	return claims.Of(cacheDir{d.dir, d}, s.Index, s.Count)
}

// outdate ends the claim caches in which id, which has become ready, has no place.
func (d *Dir) outdate(id ID) { claims.Outdate(d.dir, id.time) }

// cacheDir is a queue's directory as its claim cache sees it.
type cacheDir struct {
	disk.Dir
	queue *Dir
}

func (c cacheDir) Now() time.Time { return c.queue.sys.Now() }

// ReplaceFile puts a file of the toolkit's own in place of an older one. It may be lost
// at any time: nothing is synced.
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
			err = ErrStray // somebody's link is not ours to remove
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

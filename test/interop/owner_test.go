package interop

import (
	"errors"
	"os"
	"os/user"
	"strconv"
	"syscall"
	"testing"

	"switchboard/test/harness"
)

// userList returns the user and the group that Mailman runs as on Debian. Only root can give
// files to them.
func userList(t *testing.T) (uid, gid int) {
	t.Helper()
	if os.Getuid() != 0 {
		harness.Needs(t, "giving files to others", os.ErrPermission)
	}
	list, err := user.Lookup("list")
	harness.Needs(t, "the user list", err)
	uid, errUID := strconv.Atoi(list.Uid)
	gid, errGID := strconv.Atoi(list.Gid)
	if err := errors.Join(errUID, errGID); err != nil {
		t.Fatal(err)
	}
	return uid, gid
}

// TestOwner has root work on the queues of the user that Mailman runs as. That user
// must be able to go on with everything.
func TestOwner(t *testing.T) {
	t.Parallel()
	uid, gid := userList(t)
	for _, format := range []string{"mailman2", "mailman3"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			m := startMailman(t, format, &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)})
			path := m.path1([]byte("Subject: x\n\n"), "qenqueue", "-f", format, m.queue("in"))
			m.owned(path, 0o660, uid, gid)
			m.dequeue(path)

			base := m.enqueue("in", []byte("Subject: x\n\n"), false, nil)
			m.owned(m.path("in", base, ".pck"), 0o660, uid, gid)
			bak := m.path1(nil, "qdequeue", m.queue("in"))
			m.owned(bak, 0o660, uid, gid)
			m.path1(nil, "qrestore", m.queue("in"))
			m.owned(m.path("in", base, ".pck"), 0o660, uid, gid)
			m.done(nil, "qfinish", "--preserve", m.path1(nil, "qdequeue", m.queue("in")))
			m.owned(m.path("bad", base, ".psv"), 0o660, uid, gid)
			m.done(nil, "qrestore", m.path("bad", base, ".psv"))
			m.dequeue(m.path("in", base, ".pck"))

			// Mailman can use a bad queue that our commands made.
			if err := os.Remove(m.queue("bad")); err != nil {
				t.Fatal(err)
			}
			m.enqueue("in", []byte("Subject: x\n\n"), true, nil)
			m.done(nil, "qfinish", "--preserve", m.path1(nil, "qdequeue", m.queue("in")))
			m.owned(m.queue("bad"), os.ModeDir|os.ModeSetgid|0o770, uid, gid)
		})
	}
}

func (m *mailman) owned(path string, mode os.FileMode, uid, gid int) {
	m.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		m.Error(err)
		return
	}
	stat := info.Sys().(*syscall.Stat_t)
	if info.Mode() != mode || int(stat.Uid) != uid || int(stat.Gid) != gid {
		m.Errorf("%s is %v of %d:%d, not %v of %d:%d", path, info.Mode(), stat.Uid, stat.Gid, mode, uid, gid)
	}
}

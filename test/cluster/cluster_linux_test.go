package cluster

import (
	"os"
	"strconv"
	"testing"
	"time"

	"switchboard/test/harness"
	"switchboard/test/harness/disk"
)

func TestMain(m *testing.M) { harness.Main(m) }

// messages is the number of messages to store before a test may end: CLUSTER_MESSAGES. Without
// it each fault comes once.
func messages(t *testing.T) int {
	s := os.Getenv("CLUSTER_MESSAGES")
	if s == "" {
		harness.Long(t)
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// rounds has faults come, one after the other, under load, until enough messages are stored;
// commands are killed all the time. Then it compares.
func rounds(t *testing.T, c *cluster, faults ...func(*load)) {
	t.Helper()
	l := newLoad(t, c)
	l.start()
	for first, want := true, messages(t); first || l.notes.acknowledged() < want; first = false {
		l.progress()
		for _, fault := range faults {
			fault(l)
			l.progress()
		}
	}
	l.finish()
}

// TestReplication has a primary and two synchronous standbys, of which any one has to confirm a
// commit, and no software that elects.
func TestReplication(t *testing.T) {
	messages(t)
	c := startPlain(t)
	primary := c.machines[0]
	rounds(t, c,
		func(l *load) { // the primary dies
			old := primary
			old.kill()
			primary = c.promote(t, old)
			l.progress()
			c.rejoin(t, old, primary)
		},
		func(l *load) { // it is paused, and returns when there is another one
			old := primary
			old.freeze()
			primary = c.promote(t, old)
			l.progress()
			old.thaw()
			// It takes connections, but nothing that it commits is confirmed.
			time.Sleep(3 * time.Second)
			old.kill()
			c.rejoin(t, old, primary)
		},
		func(l *load) { // both standbys die
			for _, m := range c.machines {
				if m != primary {
					m.kill()
				}
			}
			l.nothingStored()
			for _, m := range c.machines {
				if m != primary {
					c.startPlain(t, m)
				}
			}
			c.inSync(t, primary, 2)
		})
}

// TestPatroni has Patroni elect the primary.
func TestPatroni(t *testing.T) {
	messages(t)
	p := startPatroni(t)
	rounds(t, p.cluster,
		func(l *load) { // the primary dies
			old := p.healthy(t, 3)
			old.kill()
			p.healthy(t, 2)
			l.progress()
			p.startPatroni(t, old)
			p.healthy(t, 3)
		},
		func(l *load) { // it is paused with its Patroni, and returns when there is another one
			old := p.healthy(t, 3)
			old.freeze()
			p.healthy(t, 2)
			l.progress()
			old.thaw()
			p.healthy(t, 3)
		},
		func(l *load) { // both standbys die, and Patroni lets the primary commit alone
			p.strict(t, false)
			time.Sleep(3 * time.Second) // each Patroni has read it
			primary := p.healthy(t, 3)
			for _, m := range p.machines {
				if m != primary {
					m.kill()
				}
			}
			eventually(t, "no standby is synchronous", func() bool {
				got, err := p.sql(primary, "show synchronous_standby_names")
				return err == nil && got == ""
			})
			l.nothingStored()
			for _, m := range p.machines {
				if m != primary {
					p.startPatroni(t, m)
				}
			}
			p.strict(t, true)
			p.healthy(t, 3)
		})
}

// diskSize has room for a server and its log, and not for much more.
const diskSize = 700 << 20

// TestDisks has the machines' disks fill up, and cuts the power of all machines at once.
func TestDisks(t *testing.T) {
	messages(t)
	c := newCluster(t)
	disks := map[*machine]*disk.Disk{}
	for _, m := range c.machines {
		disks[m] = disk.New(t, "ext4", m.dir, diskSize)
		t.Cleanup(m.kill)
		give(t, m.dir)
	}
	c.fillPlain(t)
	for _, d := range disks {
		d.Sync(t) // initdb has not
	}
	primary, standby := c.machines[0], c.machines[1]
	restart := func(m *machine) {
		m.kill()
		c.startPlain(t, m)
	}
	powerCut := func(l *load) {
		for _, d := range disks {
			d.Cut(t)
		}
		for _, m := range c.machines {
			m.kill()
		}
		for _, m := range c.machines {
			disks[m].Unmount()
			if err := disks[m].Remount(); err != nil {
				t.Fatal(err)
			}
			c.startPlain(t, m)
		}
		c.inSync(t, primary, 2)
	}
	rounds(t, c, powerCut,
		func(l *load) {
			free := disks[standby].Fill(t)
			l.progress()
			free()
			restart(standby)
			c.inSync(t, primary, 2)
		},
		func(l *load) {
			free := disks[primary].Fill(t)
			l.refused(40 << 20)
			free()
			restart(primary)
			c.inSync(t, primary, 2)
		}, powerCut)
}

package site

import (
	"errors"
	"testing"
)

// TestMayVanish checks beside which Mailman an entry may vanish.
func TestMayVanish(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, queue, version string
		three, dead, refused bool
	}{
		{"3", "/v/queue/in", "", true, false, false},
		{"2.1.39", "/v/qfiles/in", "20127f0\n", false, false, false},
		{"2.1.39, as hex writes it", "/v/qfiles/in", "0x20127f0", false, false, false},
		{"2.1.39, as hex of a long writes it", "/v/qfiles/in", "0x20127f0L\n", false, false, false},
		{"2.1.10", "/v/qfiles/in", "2010af0\n", false, false, false},
		{"2.1.10 beta", "/v/qfiles/in", "2010ab1\n", false, false, true},
		{"2.1.9", "/v/qfiles/in", "20109f0\n", false, false, true},
		{"2.1.9 that has ended", "/v/qfiles/in", "20109f0\n", false, true, false},
		{"2.1.9, a queue without a runner", "/v/qfiles/hold", "20109f0\n", false, false, false},
		{"2.1 of unknown version", "/v/qfiles/in", "", false, false, true},
		{"nonsense", "/v/qfiles/in", "what", false, false, true},
	} {
		f := newFake(t)
		f.mkdir(test.queue)
		pidFile, argv := "/v/data/master-qrunner.pid", master2
		if test.three {
			pidFile, argv = "/v/master.pid", master3
			f.mkdir("/v/queue/pipeline")
		}
		f.write(pidFile, "77\n")
		if !test.dead {
			f.process(77, argv...)
		}
		if test.version != "" {
			f.write("/v/data/last_mailman_version", test.version)
		}
		if err := f.mayVanish(test.queue, nil); errors.Is(err, ErrRunning) != test.refused || err != nil && !test.refused {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// TestMayVanishFromSpool checks Fedora's layout.
func TestMayVanishFromSpool(t *testing.T) {
	t.Parallel()
	for version, refused := range map[string]bool{"2010cf0": false, "20109f0": true} {
		f := newFake(t)
		f.mkdir("/var/spool/mailman/in")
		f.write("/run/mailman/master-qrunner.pid", "77\n")
		f.process(77, master2...)
		f.write("/var/lib/mailman/data/last_mailman_version", version)
		if err := f.mayVanish("/var/spool/mailman/in", nil); (err != nil) != refused {
			t.Errorf("%s: %v", version, err)
		}
	}
}

func TestCulls(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.mkdir("/three/queue/pipeline")
	for path, want := range map[string]bool{
		"/two/qfiles/shunt": true, "/two/qfiles/bad": true, "/two/qfiles/in": false, "/three/queue/shunt": false,
	} {
		f.mkdir(path)
		if f.culls(path) != want {
			t.Errorf("%s: %v", path, !want)
		}
	}
}

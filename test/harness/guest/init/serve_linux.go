package main

import (
	"encoding/gob"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"switchboard/test/harness/guest/wire"
)

// host is the test.
type host struct {
	mu  sync.Mutex
	out *gob.Encoder
}

// tell sends a message. Without the test there is nothing left to do.
func (h *host) tell(m wire.Message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	check(h.out.Encode(m))
}

func (h *host) done(id int, err error) {
	e := &wire.Exit{}
	if err != nil {
		e.Err = err.Error()
	}
	h.tell(wire.Message{ID: id, Exit: e})
}

// serve does what the test asks for.
func serve() error {
	port, err := openPort()
	if err != nil {
		return err
	}
	h := &host{out: gob.NewEncoder(port)}
	h.tell(wire.Message{Ready: true})
	running := map[int]*process{}
	for in := gob.NewDecoder(port); ; {
		var m wire.Message
		if err := in.Decode(&m); err != nil {
			return fmt.Errorf("reading from the test: %w", err)
		}
		switch p := running[m.ID]; {
		case m.Start != nil:
			running[m.ID] = h.start(m.ID, m.Start)
		case m.Load != nil:
			h.done(m.ID, loadAll(m.Load))
		case m.PowerOff:
			unix.Sync()
			h.done(m.ID, nil)
			return unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
		case p == nil:
			// It could not be started, which the test has been told.
		case m.Signal != 0:
			p.signal(unix.Signal(m.Signal))
		default:
			p.give(m.Stdin, m.Close)
		}
	}
}

func loadAll(modules []wire.Module) error {
	for _, m := range modules {
		if err := load(m); err != nil {
			return err
		}
	}
	return nil
}

// openPort opens the serial port to the test. It appears a moment after its driver was
// loaded.
func openPort() (*os.File, error) {
	for range 6000 {
		names, err := filepath.Glob("/sys/class/virtio-ports/*/name")
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			text, _ := os.ReadFile(name)
			if strings.TrimSpace(string(text)) != wire.Port {
				continue
			}
			port, err := os.OpenFile("/dev/"+filepath.Base(filepath.Dir(name)), os.O_RDWR, 0)
			if !errors.Is(err, os.ErrNotExist) {
				return port, err
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	return nil, errors.New("there is no serial port to the test")
}

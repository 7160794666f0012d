package mta

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"switchboard/test/harness"
)

// These scripts do not read before they are told to.
const (
	slowAlias = "slow-alias"
	slowPipe  = "slow-pipe"
)

// long is a message that is longer than any pipe's buffer.
var long = mail + strings.Repeat("Water, water, every where,\n", 20_000) + "the end\n"

// slow makes the scripts, each with a queue of its own.
func (m *machine) slow() {
	m.Helper()
	m.write("gate/dir", "", 0o644)
	os.Chmod(filepath.Join(m.dir, "gate"), 0o777)
	for _, name := range []string{slowAlias, slowPipe} {
		queue := filepath.Join(m.dir, name)
		if err := os.Mkdir(queue, 0o770); err != nil {
			m.Fatal(err)
		}
		os.Chown(queue, nobody, nobody)
		gate := filepath.Join(m.dir, "gate", name)
		m.write("run/"+name, fmt.Sprintf(`#!/bin/sh
echo $PPID >%[1]s.new && mv %[1]s.new %[1]s.writer
until [ -e %[1]s.open ]; do sleep 0.05; done
exec %[2]s/qenqueue -q %[3]s
`, gate, m.bin(), queue), 0o755)
	}
}

// killWriter kills the process that feeds a script, and then tells the script to read.
func (m *machine) killWriter(name string) {
	m.Helper()
	gate := filepath.Join(m.dir, "gate", name)
	var pid []byte
	m.eventually("the script runs", func() bool {
		var err error
		pid, err = os.ReadFile(gate + ".writer")
		return err == nil
	})
	m.run(fmt.Sprintf("kill -9 %s; while kill -0 %[1]s 2>/dev/null && ! grep -q '^State:.Z' /proc/%[1]s/status; do sleep 0.05; done",
		bytes.TrimSpace(pid)))
	if err := os.WriteFile(gate+".open", nil, 0o644); err != nil {
		m.Fatal(err)
	}
}

// partAndWhole makes the mail server try again until the script's queue has two entries: the
// message, and the beginning of it.
func (m *machine) partAndWhole(name, again string) {
	m.Helper()
	m.eventually("two entries", func() bool {
		m.run(again)
		return len(m.entries(name)) >= 2
	})
	parts, wholes := 0, 0
	for _, path := range m.entries(name) {
		held, err := harness.Read(path)
		if err != nil {
			m.Fatal(err)
		}
		text := string(held.Text)
		_, body, _ := strings.Cut(text, "Water!")
		_, want, _ := strings.Cut(long, "Water!")
		switch {
		case strings.TrimRight(body, "\n") == strings.TrimRight(want, "\n"):
			wholes++
		case strings.HasPrefix(want, body):
			parts++
		default:
			m.Errorf("%s is neither the message nor its beginning", path)
		}
	}
	if parts != 1 || wholes != 1 {
		m.Errorf("%s: %d parts, %d whole messages", name, parts, wholes)
	}
}

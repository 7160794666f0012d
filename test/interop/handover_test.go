package interop

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// messages returns the messages that are handed over, by name.
func messages() map[string][]byte {
	var every []byte
	for i := range 256 {
		every = append(every, byte(i))
	}
	// The seed is fixed, so every run has the same 2 MB.
	big := make([]byte, 2<<20)
	random := rand.NewChaCha8([32]byte{7})
	random.Read(big)
	head := "From: a@example.com\nTo: b@example.com\nSubject: hello\n"
	return map[string][]byte{
		"ascii":       []byte(head + "\nThe body.\n"),
		"nobody":      []byte(head + "\n"),
		"noeol":       []byte(head + "\nno newline at the end"),
		"fromline":    []byte(head + "\nFrom here on\n>From there\n"),
		"quotes":      []byte(head + "X-Quotes: 'a' \"b\" \\c\\u0041\n\n\\x41 '\\'' \\\n"),
		"nul":         []byte(head + "\na\x00b\x1a\n"),
		"crlf":        []byte(strings.ReplaceAll(head+"\nline\n\nline\n", "\n", "\r\n")),
		"8bit":        []byte(head + "X-Raw: caf\xe9 \xff\n\ncaf\xe9 \xc3\xa9 \x80\n"),
		"longhdr":     []byte(head + "X-Long: " + strings.Repeat("word ", 300) + "\n\nx\n"),
		"folded":      []byte(head + "X-Fold: one\n\ttwo\n   three\n\nx\n"),
		"multipart":   []byte(head + "Content-Type: multipart/mixed; boundary=B\n\npreamble\n--B\n\none\n--B\nContent-Type: message/rfc822\n\nSubject: in\n\ntwo\n--B--\nepilogue\n"),
		"digest":      []byte(head + "Content-Type: multipart/digest; boundary=\"b b\"\n\n--b b\n\nSubject: in\n\none\n--b b--\n"),
		"every":       append([]byte(head+"\n"), every...),
		"everynohead": every,
		"big":         append([]byte(head+"\n"), big...),
		"bigtext":     []byte(head + "\n" + strings.Repeat("A line of text, 8-bit caf\xe9.\n", 2<<20/28)),
	}
}

// metadata returns dictionaries that JSON can express unchanged.
func metadata() map[string]object {
	var recipients []any
	for i := range 2500 {
		recipients = append(recipients, fmt.Sprintf("member%d@example.com", i))
	}
	return map[string]object{
		"none": {},
		"kinds": {
			"str": "x", "empty": "", "int": 7, "zero": 0, "byte": 255, "word": 65535, "long": 4294967296,
			"neg": -1, "int32": -2147483648, "int64": int64(-9223372036854775808), "float": 0.1, "whole": 2.5e300,
			"yes": true, "no": false, "none": nil,
		},
		"nested": {
			"list": []any{"a", []any{1, []any{}}, object{}}, "dict": object{"a": object{"b": []any{nil, 1.5}}},
			"quotes": "'\"\\\n\r\t\\n", "key with blanks": "y",
		},
		"recipients": {"recips": recipients},
		"dropped":    {"_volatile": "x", "kept_": "y"},
	}
}

// TestTheirsByOurs enqueues with the real Switchboard. Our commands claim the entry, read
// it to the byte, and finish it.
func TestTheirsByOurs(t *testing.T) {
	eachMailman(t, func(m *mailman) {
		for name, data := range messages() {
			for _, text := range []bool{true, false} {
				m.Run(fmt.Sprintf("%s,text=%v", name, text), func(t *testing.T) {
					m := m.with(t)
					base := m.enqueue("in", data, text, nil)
					path := m.path1(nil, "qdequeue", m.queue("in"))
					if want := m.path("in", base, ".bak"); path != want {
						t.Fatalf("claimed %s, not %s", path, want)
					}
					want, meta := m.get(path)
					if text {
						differ(t, "what Python loads", want, data)
					}
					differ(t, "qcat", []byte(m.done(nil, "qcat", path)), want)
					equalJSON(t, "qcat -m", m.metadata(path), meta)
					m.done(nil, "qfinish", path)
					m.holds("in")
				})
			}
		}
		odd := metadata()
		if m.format == "mailman3" {
			odd["python"] = object{
				"set": object{"$set": []any{"b", "a", "c"}}, "tuple": object{"$tuple": []any{1, "x"}},
				"received_time": object{"$datetime": "2023-11-14T22:13:20.000318"},
				"unicode":       "caf\u00e9 \u2603 \U0001f600", "caf\u00e9": 1,
			}
		} else {
			odd["python"] = object{
				"set": object{"$set": []any{"b", "a", "c"}}, "tuple": object{"$tuple": []any{1, "x"}},
				"unicode": "caf\u00e9 \u2603 \U0001f600",
			}
		}
		for name, meta := range odd {
			for _, text := range []bool{true, false} {
				m.Run(fmt.Sprintf("metadata,%s,text=%v", name, text), func(t *testing.T) {
					m := m.with(t)
					m.enqueue("in", []byte("Subject: x\n\n"), text, meta)
					path := m.path1(nil, "qdequeue", m.queue("in"))
					_, want := m.get(path)
					equalJSON(t, "qcat -m", m.metadata(path), want)
					m.done(nil, "qfinish", path)
				})
			}
		}
	})
}

// TestOursByTheirs enqueues with our commands. The real Switchboard loads the entry to the
// byte, and finishes it.
func TestOursByTheirs(t *testing.T) {
	eachMailman(t, func(m *mailman) {
		for name, data := range messages() {
			m.Run(name, func(t *testing.T) {
				m := m.with(t)
				path := m.path1(data, "qenqueue", "-f", m.format, "-l", "test.example", m.queue("in"))
				got, _ := m.get(path)
				differ(t, "what Python loads", got, data)
				m.dequeue(path)
			})
		}
		for name, meta := range metadata() {
			m.Run("metadata,"+name, func(t *testing.T) {
				m := m.with(t)
				args := []string{"-f", m.format, "-l", "test.example"}
				want := object{"version": 3, "_parsemsg": true, m.listKey: "test.example"}
				for key, value := range meta {
					if strings.HasPrefix(key, "_") {
						continue // Mailman's own, which qenqueue may refuse
					}
					want[key] = value
					args = append(args, "-m", key+":="+marshal(t, value))
				}
				path := m.path1([]byte("Subject: x\n\n"), "qenqueue", append(args, m.queue("in"))...)
				_, got := m.get(path)
				if m.format == "mailman2" {
					time, _, _ := strings.Cut(filepath.Base(path), "+")
					if fmt.Sprint(got["received_time"]) != time {
						t.Errorf("received_time is %v, not the %s in its name", got["received_time"], time)
					}
					delete(got, "received_time")
				}
				equalJSON(t, "metadata", got, decode(t, marshal(t, want)))
				m.dequeue(path)
			})
		}
	})
}

// dequeue claims and finishes the one entry of "in" with the real Switchboard.
func (m *mailman) dequeue(path string) {
	m.Helper()
	files := m.files(object{"queue": "in"})
	base := strings.TrimSuffix(filepath.Base(path), ".pck")
	if len(files) != 1 || files[0] != base {
		m.Fatalf("Mailman lists %q, not %s", files, base)
	}
	if class := m.call("dequeue", object{"queue": "in", "base": base})["class"]; class != "Message" {
		m.Errorf("Mailman dequeued a %v", class)
	}
	m.call("finish", object{"queue": "in", "base": base})
	m.holds("in")
}

// TestOrder claims a whole batch of Mailman's with one command, in Mailman's order.
func TestOrder(t *testing.T) {
	eachMailman(t, func(m *mailman) {
		for i := range 30 {
			m.enqueue("in", fmt.Appendf(nil, "Subject: %d\n\n", i), i%2 == 0, nil)
		}
		// The times are as Python prints them, older and newer than now, and not in
		// the order of their text.
		names := m.files(object{"queue": "in"})
		for i, time := range []string{"1e-05", "0.5", "9.0", "10.0", "999999999.5"} {
			old := m.path("in", names[i], ".pck")
			base := time + names[i][strings.Index(names[i], "+"):]
			if err := os.Rename(old, m.path("in", base, ".pck")); err != nil {
				m.Fatal(err)
			}
		}
		want := strings.Join(m.files(object{"queue": "in"}), "\n") + "\n"
		listed := m.bases(m.done(nil, "qstat", "-e", m.queue("in")))
		claimed := m.bases(m.done(nil, "qdequeue", "-a", m.queue("in")))
		if listed != want {
			m.Errorf("qstat -e:\n%swant\n%s", listed, want)
		}
		if claimed != want {
			m.Errorf("qdequeue -a:\n%swant\n%s", claimed, want)
		}
	})
}

// bases turns a list of paths into a list of file bases.
func (m *mailman) bases(paths string) string {
	var out bytes.Buffer
	for path := range strings.Lines(paths) {
		base := filepath.Base(strings.TrimSuffix(path, "\n"))
		fmt.Fprintln(&out, strings.TrimSuffix(base, filepath.Ext(base)))
	}
	return out.String()
}

package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestDeliver(t *testing.T) {
	t.Parallel()
	c, err := Parse("/etc/f.toml", `
[deliver]
server = "smtps://mail.example.com"
domain = "lists.example.com"
tls = "required"
ca-file = "ca.pem"
user = "lists"
password-file = "/run/password"
hello = "[192.0.2.1]"
give-up = "2d12h"
bounce = true
`)
	want := Deliver{
		Server: "smtps://mail.example.com", Domain: "lists.example.com", TLS: TLSRequired, CAFile: "/etc/ca.pem",
		User: "lists", PasswordFile: "/run/password", Hello: "[192.0.2.1]", GiveUp: 60 * time.Hour, Bounce: true,
	}
	if err != nil || c.Deliver != want {
		t.Errorf("%+v, %v", c, err)
	}
	// A table named deliver is not a queue, and a queue may have its name.
	if names, err := c.Names(); c.NamesQueues() || len(names) != 0 || err != nil {
		t.Errorf("queues %v, %v", names, err)
	}
	c, err = Parse("/etc/f.toml", "[queue.deliver]\npath = \"/q\"\n[DELIVER]\nBounce = false\n")
	if err != nil || c.Deliver != (Deliver{}) || !c.Declares("deliver") {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestDeliverErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"server = 5":                         "server: must be a string",
		"server = \"\"":                      "server: is empty",
		"domain = \"@example.com\"":          `domain: "@example.com" is not a domain`,
		"domain = \"example.com.\"":          `domain: "example.com." is not a domain`,
		"domain = \"-x.org\"":                `domain: "-x.org" is not a domain`,
		"domain = \"a b\"":                   `domain: "a b" is not a domain`,
		"domain = \"a\\r\\nb\"":              `domain: "a\r\nb" is not a domain`,
		"domain = \"[192.0.2.1]\"":           `domain: "[192.0.2.1]" is not a domain`,
		"tls = \"yes\"":                      `tls: "yes" is not required, wanted or off`,
		"tls = true":                         "tls: must be a string",
		"ca-file = \"\"":                     "ca-file: is empty",
		"user = \"x\"":                       "user: needs password-file",
		"password-file = \"x\"":              "password-file: needs user",
		"user = \"a\\u0000b\"":               "user: has a control character in it",
		"password = \"secret\"":              "password: must not be here",
		"hello = \"a>b\"":                    `hello: "a>b" is not the name of a host`,
		"hello = \"[a\\n]\"":                 `hello: "[a\n]" is not the name of a host`,
		"give-up = 5":                        "give-up: must be a string",
		"give-up = \"5\"":                    `give-up: has no unit: "5"; for seconds write 5s`,
		"give-up = \"0\"":                    "give-up: must be longer than 0",
		"bounce = \"yes\"":                   "bounce: must be true or false",
		"port = 25":                          "port: unknown key",
		"tls.mode = \"off\"":                 "tls.mode: unknown key",
		"server = \"smtp://x\"\nuser = \"\"": "user: is empty",
		"[deliver.more]\nx = 1":              "more: unknown key",
	} {
		_, err := Parse("f.toml", "[deliver]\n"+text+"\n")
		if !errors.Is(err, Err) || !strings.Contains(err.Error(), ": deliver."+want) {
			t.Fatalf("%q: %v; it should be %s", text, err, want)
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error has the password in it: %v", text, err)
		}
	}
	if _, err := Parse("f.toml", "deliver = \"smtp://x\"\n"); err == nil || err.Error() != "f.toml:1: deliver: must be a table" {
		t.Error(err)
	}
}

func TestCheckDomain(t *testing.T) {
	t.Parallel()
	for name, ok := range map[string]bool{
		"example.com": true, "localhost": true, "xn--bcher-kva.example": true, "b\u00fccher.example": true, "EXAMPLE.com": true,
		"": false, ".": false, "a..b": false, ".a": false, "a.": false, "a@b": false, "a b": false, "a\x00": false, "a>": false, "a\u202eb": false,
		"-x.org": false, "x-.org": false, strings.Repeat("x", 63): true, strings.Repeat("x", 64): false, strings.Repeat("x.", 126) + "x": true, strings.Repeat("x.", 126) + "xx": false,
	} {
		if err := CheckDomain(name); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestPassword(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	fifo := filepath.Join(dir, "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		file("line", " pass word \n", 0o600):               " pass word ",
		file("bare", "p\u00e4ss", 0o640):                   "p\u00e4ss",
		file("crlf", "pass\r\n", 0o400):                    "pass",
		file("open", "pass\n", 0o644):                      "error: has a password, but mode 0644 gives others access; run chmod o= on it",
		file("writable", "pass\n", 0o602):                  "error: has a password, but mode 0602 gives others access; run chmod o= on it",
		file("empty", "", 0o600):                           "error: is empty",
		file("newline", "\n", 0o600):                       "error: is empty",
		file("two", "user\npass\n", 0o600):                 "error: has more than one line",
		file("nul", "pa\x00ss\n", 0o600):                   "error: has a control character in it",
		file("long", strings.Repeat("x", 5<<10), 0o600):    "error: is longer than 4096 bytes",
		file("fits", strings.Repeat("x", 4<<10), 0o600):    strings.Repeat("x", 4<<10),
		filepath.Join(dir, "nosuch"):                       "error: no such file or directory",
		dir:                                                "error: is not a regular file",
		fifo:                                               "error: is not a regular file",
		file("lines", strings.Repeat("x\n", 2<<10), 0o600): "error: has more than one line",
	} {
		got, err := Deliver{User: "u", PasswordFile: path}.Password()
		if message, fails := strings.CutPrefix(want, "error: "); fails {
			if got != "" || !errors.Is(err, Err) || err.Error() != path+": "+message {
				t.Errorf("%s: %q, %v; it should be %s", path, got, err, message)
			}
		} else if err != nil || got != want {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	if got, err := (Deliver{}).Password(); got != "" || err != nil {
		t.Errorf("without a user: %q, %v", got, err)
	}
}

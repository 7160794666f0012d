package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"switchboard/internal/cmdline"
	"switchboard/test/harness"
	"switchboard/test/harness/postgres"
)

func TestMain(m *testing.M) { harness.Main(m) }

// call runs a command and returns its status, standard output and standard error.
func call(t *testing.T, env []string, args ...string) (int, string, string) {
	t.Helper()
	var out, diag bytes.Buffer
	status := program.Run(cmdline.Process{Args: append([]string{"switchboard-pg"}, args...), Stdin: strings.NewReader(""), Stdout: &out, Stderr: &diag, Env: env})
	return status, out.String(), diag.String()
}

// configured returns the options that make commands use a database.
func configured(t *testing.T, dsn, more string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "switchboard.toml")
	if err := os.WriteFile(path, fmt.Appendf(nil, "[pg]\ndsn = %q\n%s", dsn, more), 0o644); err != nil {
		t.Fatal(err)
	}
	return "--config=" + path
}

func TestInitAndCheck(t *testing.T) {
	t.Parallel()
	d := postgres.Shared(t).Database(t)
	config := configured(t, d.DSN(), "")
	status, out, diag := call(t, nil, "check", config)
	if status != 78 || !strings.Contains(out, "schema\tnone\n") || !strings.Contains(diag, "run switchboard-pg init") {
		t.Errorf("check before init: %d\n%s%s", status, out, diag)
	}
	for _, want := range []string{"made the tables", "the tables were there"} {
		if status, out, diag := call(t, nil, "init", "-v", config); status != 0 || out != "" || !strings.Contains(diag, want) {
			t.Errorf("init: %d\n%s%s", status, out, diag)
		}
	}
	status, out, diag = call(t, nil, "check", config)
	if status != 0 || !strings.Contains(out, "schema\t2\n") || !strings.Contains(out, "durability\tlocal\n") || !strings.Contains(diag, "is on one server") {
		t.Errorf("check: %d\n%s%s", status, out, diag)
	}
	if status, out, diag := call(t, []string{"SWITCHBOARD_PG=" + d.DSN()}, "check", "--json", "--config=/dev/null"); status != 0 || !strings.Contains(out, `"schema":2`) {
		t.Errorf("check --json: %d\n%s%s", status, out, diag)
	}
	frozen := configured(t, d.DSN()+" options='-c default_transaction_read_only=on'", "")
	for _, args := range [][]string{{"check", frozen}, {"qstat", frozen, "pg:out"}} {
		if status, _, diag := call(t, nil, args...); status != 69 || !strings.Contains(diag, "or default_transaction_read_only is on") {
			t.Errorf("%q: %d\n%s", args, status, diag)
		}
	}
	d.SQL(t, "update switchboard.version set version = 99")
	for _, command := range []string{"init", "check"} {
		if status, _, diag := call(t, nil, command, config); status != 78 || !strings.Contains(diag, "newer version") {
			t.Errorf("%s: %d\n%s", command, status, diag)
		}
	}
}

// TestRoles checks that each role can do its part, and that a role without one is told what
// is missing.
func TestRoles(t *testing.T) {
	t.Parallel()
	own := postgres.Start(t, postgres.Memory)
	d := own.Database(t)
	if status, _, diag := call(t, nil, "init", configured(t, d.DSN(), "")); status != 0 {
		t.Fatal(diag)
	}
	d.SQL(t, "create role somebody login; create role looker login in role switchboard_look")
	somebody := strings.Replace(d.DSN(), "user=postgres", "user=somebody", 1)
	status, _, diag := call(t, nil, "check", configured(t, somebody, ""))
	if status != 77 || !strings.Contains(diag, "grant the role somebody") {
		t.Errorf("%d\n%s", status, diag)
	}
	looker := strings.Replace(d.DSN(), "user=postgres", "user=looker", 1)
	if status, _, diag := call(t, nil, "init", configured(t, looker, "")); status != 77 || !strings.Contains(diag, "as a superuser") {
		t.Errorf("%d\n%s", status, diag)
	}
	status, out, diag := call(t, nil, "check", configured(t, looker, ""))
	if status != 0 || !strings.Contains(out, "roles\tswitchboard_look\n") {
		t.Errorf("%d\n%s%s", status, out, diag)
	}
	if status, _, diag := call(t, nil, "qdequeue", configured(t, looker, ""), "pg:out"); status != 77 || !strings.Contains(diag, "hint: the user needs another role") {
		t.Errorf("%d\n%s", status, diag)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	d := postgres.Shared(t).Database(t)
	pass := filepath.Join(t.TempDir(), "pgpass")
	if err := os.WriteFile(pass, []byte("*:*:*:*:secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tcp := strings.Replace(d.TCP(), " password='"+postgres.Password+"'", "", 1)
	for _, test := range []struct {
		config string
		status int
		diag   string
	}{
		{configured(t, "host="+t.TempDir(), ""), 69, "no such file or directory"},
		{configured(t, "host=/nosuch,127.0.0.1 port=1", "timeout = \"1s\""), 69, "connection refused"},
		{configured(t, tcp, fmt.Sprintf("passfile = %q", pass)), 77, "password authentication failed"},
		{configured(t, d.DSN()+" user=nobody", ""), 77, "nobody"},
		{configured(t, strings.Replace(d.DSN(), "dbname=", "dbname=no", 1), ""), 78, "does not exist"},
		{configured(t, strings.Replace(tcp, "disable", "verify-full", 1), ""), 78, "refused TLS"},
		{configured(t, d.DSN(), "durability = \"quorum\""), 78, "synchronous_standby_names"},
		{configured(t, d.DSN()+" nosuch=1", ""), 78, "nosuch is not supported"},
	} {
		for _, command := range []string{"init", "check"} {
			if status, _, diag := call(t, nil, command, test.config); status != test.status || !strings.Contains(diag, test.diag) || strings.Contains(diag, "secret") {
				t.Errorf("%s: %d, not %d\n%s", command, status, test.status, diag)
			}
		}
	}
	for _, args := range [][]string{{"init", "x"}, {"check", "x"}, {"init", "--json"}, {"nosuch"}} {
		if status, _, _ := call(t, nil, args...); status != 64 {
			t.Errorf("%q: %d", args, status)
		}
	}
}

// TestWeakServer checks that check says all that is wrong with a server, and that init and the
// commands refuse it.
func TestWeakServer(t *testing.T) {
	t.Parallel()
	d := postgres.Start(t, postgres.Memory, "fsync=off", "full_page_writes=off").Database(t)
	config := configured(t, d.DSN(), "")
	status, out, diag := call(t, nil, "check", config)
	if status != 78 || !strings.Contains(diag, "fsync = off") || !strings.Contains(diag, "full_page_writes = off") || !strings.Contains(diag, "init") || out == "" {
		t.Errorf("%d\n%s%s", status, out, diag)
	}
	for _, args := range [][]string{{"init", config}, {"qstat", config, "pg:out"}} {
		if status, _, diag := call(t, nil, args...); status != 78 || !strings.Contains(diag, "fsync = off") {
			t.Errorf("%q: %d\n%s", args, status, diag)
		}
	}
}

// TestStandbys checks that check says 75, as a command that stores would, for as long as fewer
// standbys are connected than commits wait for.
func TestStandbys(t *testing.T) {
	t.Parallel()
	own := postgres.Start(t, postgres.Memory)
	d := own.Database(t)
	config := configured(t, d.DSN(), "")
	if status, _, diag := call(t, nil, "init", config); status != 0 {
		t.Fatal(diag)
	}
	wait := func(want, sql string) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); d.SQL(t, sql) != want; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s is not %s", sql, want)
			}
		}
	}
	names := func(names string) {
		d.SQL(t, "alter system set synchronous_standby_names = '"+names+"'")
		d.SQL(t, "select pg_reload_conf()")
		wait(names, "show synchronous_standby_names")
	}
	t.Cleanup(func() { names("") }) // dropping the database waits, too
	names("ANY 2 (one, two)")
	for i, status := range []int{75, 75, 0} {
		if i > 0 {
			dir, err := postgres.Memory.Temp()
			if err != nil {
				t.Fatal(err)
			}
			name := []string{"one", "two"}[i-1]
			// To the server, this is a standby.
			standby := postgres.AsUser(exec.Command(filepath.Join(postgres.Bin(t), "pg_receivewal"),
				"--synchronous", "-D", dir, "-d", d.DSN()+" application_name="+name))
			if err := standby.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				standby.Process.Kill()
				standby.Wait()
				os.RemoveAll(dir)
			})
			wait(fmt.Sprint(i), "select count(*) from pg_stat_replication where sync_state = 'quorum' and state = 'streaming'")
		}
		got, out, diag := call(t, nil, "check", config)
		said := strings.Contains(diag, fmt.Sprintf("%d of the 2 standbys", i))
		if got != status || said != (status != 0) || !strings.Contains(out, "durability\tquorum\n") {
			t.Errorf("with %d: %d\n%s%s", i, got, out, diag)
		}
	}
	local := configured(t, d.DSN(), "durability = \"local\"")
	names("ANY 3 (one, two, three)")
	if status, _, diag := call(t, nil, "check", local); status != 0 {
		t.Errorf("local: %d\n%s", status, diag)
	}
}

// TestBaseOfFinished checks that a second call with the name of an entry that was finished
// meanwhile stores nothing, and that only -v says so: that is what a script repeats.
func TestBaseOfFinished(t *testing.T) {
	t.Parallel()
	d := postgres.Shared(t).Database(t)
	config := configured(t, d.DSN(), "")
	message := filepath.Join(t.TempDir(), "message")
	if err := os.WriteFile(message, []byte("Subject: once\n\nhello\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	other := message + ".other"
	if err := os.WriteFile(other, []byte("Subject: other\n\nhello\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	const base = "1700000000.5+da39a3ee5e6b4b0d3255bfef95601890afd80709"
	path := "pg:out/" + base + ".pck\n"
	expect := func(status int, out, diag string, args ...string) string {
		t.Helper()
		gotStatus, gotOut, gotDiag := call(t, nil, args...)
		if gotStatus != status || out != "*" && gotOut != out || gotDiag != diag {
			t.Errorf("%q: %d, %q, %q", args, gotStatus, gotOut, gotDiag)
		}
		return strings.TrimSuffix(gotOut, "\n")
	}
	expect(0, "", "", "init", config)
	expect(0, path, "", "qenqueue", config, "--base", base, "pg:out", message)
	expect(0, path, "qenqueue: pg:out/"+base+".pck: was stored before\n", "qenqueue", config, "-v", "--base", base, "pg:out", message)
	expect(0, "", "", "qfinish", config, expect(0, "*", "", "qdequeue", config, "pg:out"))
	expect(0, path, "", "qenqueue", config, "--base", base, "pg:out", message)
	expect(0, path, "qenqueue: pg:out/"+base+".pck: was stored before, and has left the queue since; it is not stored again\n",
		"qenqueue", config, "-v", "--base", base, "pg:out", message)
	expect(65, "", "qenqueue: pg:out/"+base+".pck: another message has this name; it is kept\n", "qenqueue", config, "--base", base, "pg:out", other)
	expect(1, "", "", "qdequeue", config, "pg:out")
}

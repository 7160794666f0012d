package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"switchboard/test/harness/postgres"
)

// cluster is some machines with PostgreSQL, of which one is the primary.
type cluster struct {
	// dir has the machines, and bin PostgreSQL's programs.
	dir, bin string
	machines []*machine
}

// password is that of the superuser and of replication.
const password = "correct horse"

// newCluster makes the machines a, b and c, which have nothing on them yet.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{bin: postgres.Bin(t)}
	var err error
	if c.dir, err = postgres.Memory.Temp(); err != nil {
		t.Fatal(err)
	}
	c.keep(t)
	for _, name := range []string{"a", "b", "c"} {
		c.machines = append(c.machines, newMachine(t, c.dir, name))
	}
	t.Cleanup(func() {
		if t.Failed() {
			c.tails(t)
		}
	})
	passfile := filepath.Join(c.dir, "passfile")
	if err := os.WriteFile(passfile, []byte("*:*:*:postgres:"+password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return c
}

// dsn is the connection string that the commands get: every machine, and whichever is primary.
func (c *cluster) dsn() string {
	var hosts, ports []string
	for _, m := range c.machines {
		hosts, ports = append(hosts, "127.0.0.1"), append(ports, strconv.Itoa(m.port))
	}
	return fmt.Sprintf("host=%s port=%s dbname=postgres user=postgres sslmode=disable target_session_attrs=read-write",
		strings.Join(hosts, ","), strings.Join(ports, ","))
}

func (c *cluster) passfile() string { return filepath.Join(c.dir, "passfile") }

// sql runs statements on one machine and returns the rows.
func (c *cluster) sql(m *machine, text string) (string, error) {
	cmd := exec.Command(filepath.Join(c.bin, "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1",
		fmt.Sprintf("host=127.0.0.1 port=%d dbname=postgres user=postgres sslmode=disable connect_timeout=5", m.port))
	cmd.Env = append(os.Environ(), "PGPASSFILE="+c.passfile())
	cmd.Stdin = strings.NewReader(text)
	var diag strings.Builder
	cmd.Stderr = &diag
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", m.name, err, diag.String())
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}

// mustSQL is sql where an error ends the test.
func (c *cluster) mustSQL(t *testing.T, m *machine, text string) string {
	t.Helper()
	out, err := c.sql(m, text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// settings is what the server of each machine needs, whoever manages it.
func settings() []string {
	return []string{
		"shared_buffers=16MB",
		"wal_retrieve_retry_interval=500ms", "wal_receiver_timeout=3s", "wal_sender_timeout=3s",
		"wal_keep_size=128MB", "max_wal_size=128MB", "unix_socket_directories=", "log_line_prefix=%m [%p] ",
		"listen_addresses=127.0.0.1", "timezone=UTC",
	}
}

// startPlain starts a cluster with a as primary and two synchronous standbys, of which any one
// has to have a commit before it is acknowledged. Nothing promotes a standby but the test.
func startPlain(t *testing.T) *cluster {
	t.Helper()
	c := newCluster(t)
	c.fillPlain(t)
	return c
}

// fillPlain puts servers on the machines of a new cluster and starts them.
func (c *cluster) fillPlain(t *testing.T) {
	t.Helper()
	first := c.machines[0]
	pwfile := filepath.Join(first.dir, "password")
	if err := os.WriteFile(pwfile, []byte(password+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	c.run(t, first.dir, filepath.Join(c.bin, "initdb"), "-D", first.data(), "-U", "postgres", "-k", "-N", "-E", "UTF8", "--locale=C.UTF-8",
		"--pwfile", pwfile, "--auth=scram-sha-256")
	for _, m := range c.machines[1:] {
		c.run(t, m.dir, "cp", "-a", first.data(), m.data())
	}
	for _, m := range c.machines {
		c.configure(t, m, first)
		c.startPlain(t, m)
	}
	c.inSync(t, first, 2)
}

// configure writes a machine's settings. With a primary that is another machine it becomes its
// standby.
func (c *cluster) configure(t *testing.T, m, primary *machine) {
	t.Helper()
	var others []string
	for _, o := range c.machines {
		if o != m {
			others = append(others, o.name)
		}
	}
	lines := append(settings(), fmt.Sprintf("port=%d", m.port),
		// It is heeded by the primary alone.
		fmt.Sprintf("synchronous_standby_names=ANY 1 (%s)", strings.Join(others, ",")))
	if m != primary {
		lines = append(lines, "primary_conninfo="+c.follow(m, primary))
		file := filepath.Join(m.data(), "standby.signal")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		give(t, file)
	}
	var text strings.Builder
	for _, line := range lines {
		name, value, _ := strings.Cut(line, "=")
		fmt.Fprintf(&text, "%s = '%s'\n", name, strings.ReplaceAll(value, "'", "''"))
	}
	conf := filepath.Join(m.data(), "postgresql.auto.conf")
	if err := os.WriteFile(conf, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	give(t, conf)
}

// follow is the connection of a standby to its primary.
func (c *cluster) follow(m, primary *machine) string {
	return fmt.Sprintf("host=127.0.0.1 port=%d user=postgres password='%s' application_name=%s sslmode=disable", primary.port, password, m.name)
}

// startPlain starts a machine's server and waits until it takes connections.
func (c *cluster) startPlain(t *testing.T, m *machine) {
	t.Helper()
	m.start(t, filepath.Join(c.bin, "postgres"), "-D", m.data())
	eventually(t, m.name+" takes connections", func() bool {
		_, err := c.sql(m, "select 1")
		return err == nil
	})
}

// inSync waits until so many synchronous standbys of a primary are streaming.
func (c *cluster) inSync(t *testing.T, primary *machine, n int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s has %d synchronous standbys", primary.name, n), func() bool {
		got, err := c.sql(primary, "select count(*) from pg_stat_replication where state = 'streaming' and sync_state in ('sync', 'quorum')")
		return err == nil && got == strconv.Itoa(n)
	})
}

// promote makes one of the two standbys the primary. Both first stop receiving, so that the old
// primary, should it still live, can commit nothing more that counts; then the one that has
// received more has every commit that either has confirmed.
func (c *cluster) promote(t *testing.T, old *machine) *machine {
	t.Helper()
	best, most := (*machine)(nil), int64(-1)
	var standbys []*machine
	for _, m := range c.machines {
		if m != old {
			standbys = append(standbys, m)
		}
	}
	for _, m := range standbys {
		c.mustSQL(t, m, "alter system set primary_conninfo = ''; select from pg_reload_conf()")
	}
	for _, m := range standbys {
		eventually(t, m.name+" stops receiving", func() bool {
			n, err := c.sql(m, "select count(*) from pg_stat_wal_receiver")
			return err == nil && n == "0"
		})
		received := c.mustSQL(t, m, "select pg_wal_lsn_diff(pg_last_wal_receive_lsn(), '0/0')")
		at, err := strconv.ParseInt(received, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if at > most {
			best, most = m, at
		}
	}
	c.mustSQL(t, best, "select pg_promote()")
	for _, m := range standbys {
		if m != best {
			c.mustSQL(t, m, fmt.Sprintf("alter system set primary_conninfo = '%s'; select from pg_reload_conf()",
				strings.ReplaceAll(c.follow(m, best), "'", "''")))
		}
	}
	c.inSync(t, best, 1)
	return best
}

// rejoin replaces the data of a machine, which was killed, by a copy of the primary's.
func (c *cluster) rejoin(t *testing.T, m, primary *machine) {
	t.Helper()
	c.run(t, m.dir, "rm", "-rf", m.data())
	c.run(t, m.dir, filepath.Join(c.bin, "pg_basebackup"), "-D", m.data(), "-c", "fast", "-N",
		// A busy machine may not let it answer within the servers' timeout.
		"-d", c.follow(m, primary)+" options='-c wal_sender_timeout=0'")
	c.configure(t, m, primary)
	c.startPlain(t, m)
	c.inSync(t, primary, 2)
}

// eventually waits until something holds. A busy machine restarts a server in minutes.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Minute); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

// tails shows the end of every log.
func (c *cluster) tails(t *testing.T) {
	logs, _ := filepath.Glob(filepath.Join(c.dir, "*.log"))
	for _, log := range logs {
		text, _ := os.ReadFile(log)
		lines := strings.Split(string(text), "\n")
		t.Logf("%s:\n%s", log, strings.Join(lines[max(0, len(lines)-25):], "\n"))
	}
}

// run runs a command as the servers' user to its end.
func (c *cluster) run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := postgres.AsUser(exec.Command(name, args...))
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", cmd, err, out)
	}
}

// keep ends the servers and removes the directory when the tests have ended, also when they
// were killed. Whoever runs for the cluster has the directory in its arguments.
func (c *cluster) keep(t *testing.T) {
	t.Helper()
	cmd := postgres.AsUser(exec.Command("/bin/sh", "-c", `
trap '' INT HUP TERM
cat
for p in /proc/[0-9]*; do
  grep -qsF "$PWD/" "$p/cmdline" && kill -KILL "${p#/proc/}"
done
sleep 0.2
rm -rf "$PWD"`))
	cmd.Dir = c.dir
	cmd.SysProcAttr.Setpgid = true
	end, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		end.Close()
		cmd.Wait()
	})
}

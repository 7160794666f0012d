package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"switchboard/test/harness"
)

// patroni is a cluster that elects its primary by itself.
type patroni struct {
	*cluster
	// rest has the port of Patroni's own interface on each machine.
	rest map[*machine]int
	// etcd is where Patroni keeps who is primary.
	etcd     *machine
	etcdPort int
}

// needPatroni skips the test if Patroni or etcd is not installed.
func needPatroni(t *testing.T) {
	t.Helper()
	for _, program := range []string{"patroni", "etcd"} {
		if _, err := exec.LookPath(program); err != nil {
			harness.Needs(t, "Patroni (Debian: apt-get install patroni etcd-server)", err)
		}
	}
}

// startPatroni starts a cluster of three machines, and an etcd for it. It elects much faster
// than is good for a site.
func startPatroni(t *testing.T) *patroni {
	t.Helper()
	needPatroni(t)
	p := &patroni{cluster: newCluster(t), rest: map[*machine]int{}, etcdPort: freePort(t)}
	p.etcd = newMachine(t, p.dir, "etcd")
	client, peer := fmt.Sprintf("http://127.0.0.1:%d", p.etcdPort), fmt.Sprintf("http://127.0.0.1:%d", p.etcd.port)
	p.etcd.start(t, "etcd", "--name=etcd", "--data-dir="+p.etcd.data(), "--enable-v2=true", "--unsafe-no-fsync",
		"--listen-client-urls="+client, "--advertise-client-urls="+client,
		"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer, "--initial-cluster=etcd="+peer)
	for _, m := range p.machines {
		p.rest[m] = freePort(t)
		file := filepath.Join(m.dir, "patroni.json")
		text, err := json.Marshal(p.configuration(m))
		if err == nil {
			err = os.WriteFile(file, text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		give(t, file)
		p.startPatroni(t, m)
	}
	p.healthy(t, 3)
	return p
}

func (p *patroni) startPatroni(t *testing.T, m *machine) {
	t.Helper()
	m.start(t, "patroni", filepath.Join(m.dir, "patroni.json"))
}

// configuration is what a machine's Patroni reads. JSON is YAML.
func (p *patroni) configuration(m *machine) map[string]any {
	type object = map[string]any
	parameters := object{}
	for _, setting := range settings() {
		name, value, _ := strings.Cut(setting, "=")
		parameters[name] = value
	}
	superuser := object{"username": "postgres", "password": password}
	rest, postgres := fmt.Sprintf("127.0.0.1:%d", p.rest[m]), fmt.Sprintf("127.0.0.1:%d", m.port)
	return object{
		"scope": "switchboard", "name": m.name,
		"restapi": object{"listen": rest, "connect_address": rest},
		"etcd":    object{"host": fmt.Sprintf("127.0.0.1:%d", p.etcdPort)},
		"bootstrap": object{
			"dcs": object{
				"ttl": 5, "loop_wait": 1, "retry_timeout": 2,
				"synchronous_mode": true, "synchronous_mode_strict": true,
				"postgresql": object{"use_pg_rewind": true},
			},
			"initdb": []any{"data-checksums", "no-sync", object{"encoding": "UTF8"}, object{"locale": "C.UTF-8"}},
		},
		"postgresql": object{
			"listen": postgres, "connect_address": postgres, "data_dir": m.data(), "bin_dir": p.bin,
			"pgpass":         filepath.Join(m.dir, "pgpass"),
			"authentication": object{"superuser": superuser, "replication": superuser},
			"parameters":     parameters,
			"pg_hba":         []string{"host all all 127.0.0.1/32 scram-sha-256", "host replication all 127.0.0.1/32 scram-sha-256"},
		},
	}
}

// members asks the Patronis what they know, until one answers: the state of each machine by
// its name, and the leader.
func (p *patroni) members() (states map[string]string, leader *machine, err error) {
	err = errors.New("no Patroni")
	for _, m := range p.machines {
		var answer struct {
			Members []struct{ Name, Role, State string }
		}
		if err = p.call(m, "GET", "/cluster", "", &answer); err != nil {
			continue
		}
		states = map[string]string{}
		for _, member := range answer.Members {
			states[member.Name] = member.State
			if member.Role == "leader" {
				leader = p.machine(member.Name)
			}
		}
		return states, leader, nil
	}
	return nil, nil, err
}

func (p *patroni) machine(name string) *machine {
	for _, m := range p.machines {
		if m.name == name {
			return m
		}
	}
	return nil
}

// call makes a request to a machine's Patroni.
func (p *patroni) call(m *machine, method, path, body string, answer any) error {
	client := http.Client{Timeout: time.Second}
	req, err := http.NewRequest(method, fmt.Sprintf("http://127.0.0.1:%d%s", p.rest[m], path), strings.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || answer == nil {
		return err
	}
	return json.Unmarshal(text, answer)
}

// healthy waits until there is a primary with a synchronous standby, and n machines run. It
// returns the primary.
func (p *patroni) healthy(t *testing.T, n int) (primary *machine) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d machines run, with a primary and a synchronous standby", n), func() bool {
		states, leader, err := p.members()
		if err != nil || leader == nil {
			return false
		}
		running := 0
		for _, state := range states {
			if state == "running" || state == "streaming" {
				running++
			}
		}
		if running < n {
			return false
		}
		got, err := p.sql(leader, `select not pg_is_in_recovery() and current_setting('synchronous_standby_names') <> '' and
			count(*) filter (where sync_state = 'sync') > 0 and count(*) >= `+fmt.Sprint(n-1)+` from pg_stat_replication where state = 'streaming'`)
		primary = leader
		return err == nil && got == "t"
	})
	return primary
}

// strict says whether the primary may commit alone when no standby is left: with strict false
// Patroni lets it.
func (p *patroni) strict(t *testing.T, strict bool) {
	t.Helper()
	eventually(t, "Patroni takes a setting", func() bool {
		for _, m := range p.machines {
			if p.call(m, "PATCH", "/config", fmt.Sprintf(`{"synchronous_mode_strict": %t}`, strict), nil) == nil {
				return true
			}
		}
		return false
	})
}

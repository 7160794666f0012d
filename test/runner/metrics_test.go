package runner

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"switchboard/test/harness"
)

// TestMetricsJobs checks that the service and the job of the crontab replace the file that
// node_exporter reads, as a whole, and leave the old one if they fail.
func TestMetricsJobs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.put("in", 1, ".pck", plain(1))
	config := filepath.Join(s.TempDir(), "switchboard.toml")
	if err := os.WriteFile(config, []byte("root = \""+s.root+"\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	const collector = "/var/lib/prometheus/node-exporter"
	for file, pattern := range map[string]string{
		"systemd/switchboard-metrics.service": `(?m)^ExecStart=/bin/sh -c '(.*)'$`,
		"cron/switchboard":                    `(?m)^#\* \* \* \* \*  root  (.*)$`,
	} {
		text := contribFile(t, file)
		m := regexp.MustCompile(pattern).FindStringSubmatch(text)
		if m == nil {
			t.Errorf("%s has no job", file)
			continue
		}
		dir := t.TempDir()
		if !strings.HasPrefix(m[1], "cd "+collector+" && ") && !strings.Contains(text, "\nWorkingDirectory="+collector+"\n") {
			t.Errorf("%s works in the wrong directory", file)
		}
		run := func(bin string) error {
			job := strings.NewReplacer("/usr/local/bin", bin, collector, dir).Replace(m[1])
			cmd := exec.Command("/bin/sh", "-c", job)
			cmd.Dir, cmd.Env = dir, []string{"PATH=/usr/bin:/bin", "SWITCHBOARD_CONFIG=" + config}
			out, err := cmd.CombinedOutput()
			if err == nil && len(out) > 0 {
				t.Errorf("%s: %s prints %q", file, job, out)
			}
			return err
		}
		want := `switchboard_queue_entries{queue="` + s.path("in") + `",state="ready"} 1`
		for _, bin := range []string{harness.Bin(t), "/nosuch"} {
			if err := run(bin); (err != nil) != (bin == "/nosuch") {
				t.Errorf("%s: %v", file, err)
			}
			text, err := os.ReadFile(filepath.Join(dir, "switchboard.prom"))
			if err != nil || !strings.Contains(string(text), "\n"+want+"\n") {
				t.Errorf("%s: %v, no %s in\n%s", file, err, want, text)
			}
		}
	}
}

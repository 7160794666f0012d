package qstat

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"switchboard/test/harness"
)

// samples parses metrics as Prometheus does, and returns the value of each sample.
func samples(t *testing.T, text string) map[string]float64 {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	values := make(map[string]float64)
	for name, family := range families {
		// What promtool check metrics asks of a name and its help.
		if family.GetHelp() == "" || family.GetType() != dto.MetricType_GAUGE ||
			!regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`).MatchString(name) || regexp.MustCompile(`_(total|count|sum|bucket|info|gauge|milliseconds|minutes|hours)$`).MatchString(name) {
			t.Errorf("%s is %v, help %q", name, family.GetType(), family.GetHelp())
		}
		for _, m := range family.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			key := name + " " + strings.Join(labels, " ")
			if _, ok := values[key]; ok {
				t.Errorf("%s is there twice", key)
			}
			values[key] = m.GetGauge().GetValue()
		}
	}
	return values
}

// TestMetrics checks the values, and that queues that cannot be read or have odd names do no
// harm to the others.
func TestMetrics(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in, odd, missing := filepath.Join(dir, "in"), filepath.Join(dir, "a\n\"b\\\xff\x1b{} é"), filepath.Join(dir, "missing")
	for _, path := range []string{in, odd} {
		if err := os.Mkdir(path, 0o770); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{harness.Base(1) + ".pck", harness.Base(2) + ".pck", harness.Base(3) + ".bak", harness.Base(4) + ".psv", "README"} {
		if err := os.WriteFile(filepath.Join(in, name), nil, 0o660); err != nil {
			t.Fatal(err)
		}
	}
	out, said := run(t, 0, "--metrics", in, missing, odd, in)
	got := samples(t, out)
	shown := "queue=" + dir + `/a\x0a"b\\\xff\x1b{} é`
	want := map[string]float64{
		"switchboard_queue_up queue=" + in:                                            1,
		"switchboard_queue_up queue=" + missing:                                       0,
		"switchboard_queue_up " + shown:                                               1,
		"switchboard_queue_oldest_timestamp_seconds queue=" + in + " state=ready":     1700000001.5,
		"switchboard_queue_oldest_timestamp_seconds queue=" + in + " state=inflight":  1700000003.5,
		"switchboard_queue_oldest_timestamp_seconds queue=" + in + " state=preserved": 1700000004.5,
	}
	for state, n := range map[string]float64{"ready": 2, "inflight": 1, "preserved": 1, "temporary": 0, "stray": 1} {
		want["switchboard_queue_entries queue="+in+" state="+state] = n
		want["switchboard_queue_entries "+shown+" state="+state] = 0
	}
	if !maps.Equal(got, want) {
		t.Errorf("metrics\n%s, want %v", strings.Join(slices.Sorted(maps.Keys(got)), "\n"), want)
	}
	if said != "qstat: "+missing+": no such queue\n" {
		t.Errorf("it says %q", said)
	}
	// Without any queue that can be read, there is only the metric that says so.
	out, _ = run(t, 0, "--metrics", missing)
	if got := samples(t, out); len(got) != 1 {
		t.Errorf("metrics %v", got)
	}
}

// Bench measures the commands beside what the same work costs at the least: C
// programs that make the system calls and nothing else, and beside the real
// Mailmans and other queues of Debian's where they are installed. Every ratio comes from pairs of runs in turn,
// within one run of this program; it shows medians.
//
//	go run ./test/bench [-quick] [-dir DIR] [-only NAME] [-o DIR]
//
// The queues are on a fresh journalled ext4 on a loop device when it runs as
// root, so that a sync is a sync; else below DIR.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// bench is what all measures share.
type bench struct {
	bin, floor string
	// disk is where queues are made.
	disk  string
	quick bool
	rows  []row
	curve map[string][]point
}

// row is a line of the table.
type row struct {
	what, ours, other string
	ratio             float64
	// goal is the ratio that is aimed at; negative when it is to be exceeded.
	goal float64
}

// measures are run in this order.
var measures = []struct {
	name string
	run  func(*bench)
}{
	{"start", (*bench).start},
	{"enqueue", (*bench).enqueue},
	{"claim", (*bench).claim},
	{"finish", (*bench).finish},
	{"restore", (*bench).restore},
	{"mailman", (*bench).mailman},
	{"list", (*bench).list},
	{"others", (*bench).others},
	{"drain", (*bench).drain},
	{"memory", (*bench).memory},
	{"depth", (*bench).depth},
}

func main() {
	log.SetFlags(0)
	quick := flag.Bool("quick", false, "smaller queues, fewer runs")
	dir := flag.String("dir", os.TempDir(), "where queues are made when no loop device can be")
	only := flag.String("only", "", "comma-separated measures to run")
	out := flag.String("o", "", "directory for RESULTS.md and claim.svg")
	flag.Parse()

	work, err := os.MkdirTemp(*dir, "switchboard-bench")
	check(err)
	defer os.RemoveAll(work)
	b := &bench{bin: work + "/bin", quick: *quick, curve: map[string][]point{}}
	b.build(work)
	unmount := b.mount(work)
	defer unmount()

	for _, m := range measures {
		if *only == "" || strings.Contains(","+*only+",", ","+m.name+",") {
			log.Printf("measuring %s", m.name)
			m.run(b)
		}
	}
	report := b.report()
	fmt.Print(report)
	if *out != "" {
		check(os.WriteFile(filepath.Join(*out, "RESULTS.md"), []byte(report), 0o644))
		if len(b.curve) > 0 {
			check(os.WriteFile(filepath.Join(*out, "claim.svg"), []byte(b.plot()), 0o644))
		}
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// build builds the commands as they are shipped, an empty Go program, and the
// floors.
func (b *bench) build(work string) {
	tags := "-tags=urfave_cli_no_docs,urfave_cli_no_suggest"
	b.command("", "go", "build", "-trimpath", "-ldflags=-s -w", tags, "-o", b.bin+"/", "./cmd/...")
	b.command("", "go", "build", "-trimpath", "-ldflags=-s -w", "-o", b.bin+"/", "./test/bench/empty", "./test/bench/peak")
	b.floor = b.bin + "/floor"
	if _, err := exec.LookPath("cc"); err != nil {
		log.Fatal("SKIP: no C compiler for the floors")
	}
	b.command("", "cc", "-O2", "-o", b.floor, "test/bench/floor/floor.c")
}

// mount makes the disk: an ext4 with a journal.
func (b *bench) mount(work string) func() {
	b.disk = work + "/disk"
	check(os.Mkdir(b.disk, 0o755))
	image := work + "/ext4.img"
	size := "12G"
	if b.quick {
		size = "2G"
	}
	steps := [][]string{
		{"truncate", "-s", size, image},
		{"mkfs.ext4", "-q", "-N", "3000000", "-O", "has_journal", image},
		{"mount", "-o", "loop", image, b.disk},
	}
	if os.Getuid() != 0 {
		log.Printf("not root: queues are below %s", b.disk)
		return func() {}
	}
	for _, s := range steps {
		if out, err := exec.Command(s[0], s[1:]...).CombinedOutput(); err != nil {
			log.Printf("no loop device (%s: %s): queues are below %s", s[0], out, b.disk)
			return func() {}
		}
	}
	return func() { exec.Command("umount", b.disk).Run() }
}

// queue makes an empty queue.
func (b *bench) queue(name string) string {
	q := filepath.Join(b.disk, name)
	check(os.RemoveAll(q))
	check(os.Mkdir(q, 0o770))
	return q
}

// command runs a program with input and returns its output; it must succeed.
func (b *bench) command(input, name string, args ...string) string {
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(input)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		log.Panicf("%s %.80v: %v: %s", name, args, err, errs.String())
	}
	return string(out)
}

// q is the path of one of our commands.
func (b *bench) q(name string) string { return filepath.Join(b.bin, name) }

// add adds a row to the table.
func (b *bench) add(what string, p pair, goal float64) {
	b.rows = append(b.rows, row{what, p.ours.String(), p.other.String(), p.ratio, goal})
}

// timesAsFast adds a row whose ratio is the other's time by ours.
func (b *bench) timesAsFast(what string, p pair, goal float64) {
	p.ratio = 1 / p.ratio
	b.add(what+": times as fast", p, -goal)
}

func machine() string {
	cpu := "unknown processor"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if model, ok := strings.CutPrefix(line, "model name"); ok {
				cpu = strings.Trim(model, "\t :\n")
				break
			}
		}
	}
	kernel, _ := exec.Command("uname", "-r").Output()
	return fmt.Sprintf("%d cores, %s, Linux %s, %s, %s", runtime.NumCPU(), cpu,
		strings.TrimSpace(string(kernel)), runtime.Version(), time.Now().Format(time.DateOnly))
}

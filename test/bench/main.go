// Bench measures the commands beside the least that the same work can cost: C programs that
// make the system calls and nothing else. It also compares them with the real Mailmans and
// with other queues of Debian, if they are installed. Every ratio comes from pairs of runs
// that take turns, within one run of this program. It shows medians.
//
//	go run ./test/bench [-quick] [-dir DIR] [-only NAME,...] [-o DIR] [-readme FILE]
//
// If it runs as root, the queues are on a journalled ext4 on a loop device, fresh for each
// measurement, so that a sync is a real one. Otherwise they are in DIR.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// bench is what all measures share.
type bench struct {
	bin, floor string
	// disk is the directory for queues, diskKind its kind, image its file.
	disk, diskKind, image string
	quick                 bool
	rows                  []*row
	tables                []table
	curve                 []series
	cycles                []cycle
	// failed has the names of the measures that did not come to their end.
	failed []string
}

// measures has all measurements, which are run in this order.
var measures = []struct {
	name string
	run  func(*bench)
}{
	{"start", (*bench).start},
	{"single", (*bench).single},
	{"enqueue", (*bench).enqueue},
	{"claim", (*bench).claim},
	{"finish", (*bench).finish},
	{"restore", (*bench).restore},
	{"mailman", (*bench).mailman},
	{"list", (*bench).list},
	{"read", (*bench).read},
	{"run", (*bench).run},
	{"deliver", (*bench).deliver},
	{"others", (*bench).others},
	{"big", (*bench).big},
	{"drain", (*bench).drain},
	{"memory", (*bench).memory},
	{"growth", (*bench).growth},
	{"depth", (*bench).depth},
	{"cycle", (*bench).cycle},
	{"pg", (*bench).pg},
}

func main() {
	log.SetFlags(0)
	quick := flag.Bool("quick", false, "smaller queues, fewer runs")
	dir := flag.String("dir", os.TempDir(), "where queues are made when no loop device can be")
	only := flag.String("only", "", "comma-separated measures to run")
	out := flag.String("o", "", "directory for RESULTS.md and the plots")
	readme := flag.String("readme", "", "README whose figures are replaced")
	flag.Parse()
	if *readme != "" && *only != "" {
		log.Fatal("bench: -readme needs all measurements, not only those of -only")
	}

	start := time.Now()
	// Queues get the modes that the commands give them.
	syscall.Umask(0)
	work, err := os.MkdirTemp(*dir, "switchboard-bench")
	check(err)
	b := &bench{bin: work + "/bin", disk: work + "/disk", image: work + "/ext4.img", quick: *quick}
	remove := func() {
		b.removeDisk()
		os.RemoveAll(work)
	}
	defer remove()
	interrupt := make(chan os.Signal, 1)
	signal.Notify(interrupt, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupt
		stopping.Store(true)
		remove()
		os.Exit(130)
	}()

	b.build()
	for _, m := range measures {
		if *only == "" || strings.Contains(","+*only+",", ","+m.name+",") {
			b.measure(m.name, m.run)
		}
	}
	log.Printf("all of it took %s", round(time.Since(start)))
	report := b.report()
	fmt.Print(report)
	if *out != "" {
		check(os.WriteFile(filepath.Join(*out, "RESULTS.md"), []byte(report), 0o644))
		for name, plot := range b.plots() {
			check(os.WriteFile(filepath.Join(*out, name), []byte(plot), 0o644))
		}
	}
	if *readme != "" {
		check(b.writeReadme(*readme))
	}
	for _, r := range b.rows {
		if r.missed() {
			log.Printf("misses its goal: %s (%.2f)", r.what, r.ratio)
		}
	}
	if len(b.failed) > 0 {
		remove()
		log.Fatalf("bench: failed: %s", strings.Join(b.failed, ", "))
	}
}

// measure runs one measurement on a disk of its own. If it fails, its rows are missing, and
// the others go on.
func (b *bench) measure(name string, run func(*bench)) {
	defer func() {
		err := recover()
		if stopping.Load() {
			select {} // the end of the program removes the disk
		}
		if err != nil {
			log.Printf("measuring %s failed: %v", name, err)
			b.failed = append(b.failed, name)
		}
		b.removeDisk()
	}()
	b.makeDisk()
	log.Printf("measuring %s", name)
	log.Printf("measured it in %s", round(took(func() { run(b) })))
}

// stopping says that the disk is being removed. A measurement that fails now waits for the
// end of the program.
var stopping atomic.Bool

func check(err error) {
	if err != nil {
		if stopping.Load() {
			select {}
		}
		panic(err)
	}
}

// build builds the commands as they are shipped, an empty Go program, and the C programs.
func (b *bench) build() {
	tags := "-tags=urfave_cli_no_docs,urfave_cli_no_suggest"
	b.command("", "go", "build", "-trimpath", "-ldflags=-s -w", tags, "-o", b.bin+"/", "./cmd/...")
	b.command("", "go", "build", "-trimpath", "-ldflags=-s -w", "-o", b.bin+"/", "./test/bench/empty", "./test/bench/peak")
	b.floor = b.bin + "/floor"
	if _, err := exec.LookPath("cc"); err != nil {
		log.Panic("no C compiler for the floors")
	}
	sources, err := filepath.Glob("test/bench/floor/*.c")
	check(err)
	b.command("", "cc", append([]string{"-O2", "-o", b.floor}, sources...)...)
}

// longest is how long a program may run. One that hangs fails its measure, no more.
const longest = 3 * time.Minute

// command runs a program with input, and returns its output. The program must succeed.
func (b *bench) command(input, name string, args ...string) string {
	var out strings.Builder
	b.commandTo(&out, input, name, args...)
	return out.String()
}

// commandTo is like command, but the output goes to out.
func (b *bench) commandTo(out io.Writer, input, name string, args ...string) {
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin = strings.NewReader(input)
	var errs strings.Builder
	cmd.Stdout, cmd.Stderr = out, &errs
	if err := cmd.Run(); err != nil {
		check(fmt.Errorf("%s %.200s: %v: %s", name, strings.Join(args, " "), err, errs.String()))
	}
}

// q returns the path of one of our commands.
func (b *bench) q(name string) string { return filepath.Join(b.bin, name) }

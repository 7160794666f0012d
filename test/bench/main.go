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
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
)

// bench is what all measures share.
type bench struct {
	bin, floor string
	// disk is the directory for queues, diskKind its kind, image its file.
	disk, diskKind, image string
	quick                 bool
	rows                  []row
	tables                []table
	curve                 []series
}

// row is a line of the table.
type row struct {
	what, ours, other string
	ratio             float64
	// goal is the ratio to stay below. If it is negative, its absolute value is the
	// ratio to exceed.
	goal float64
}

// measures has all measurements, which are run in this order.
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
	readme := flag.String("readme", "", "README whose figures are replaced")
	flag.Parse()
	if *readme != "" && *only != "" {
		log.Fatal("bench: -readme needs all measurements, not only those of -only")
	}

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
			b.makeDisk()
			log.Printf("measuring %s", m.name)
			log.Printf("measured it in %s", round(took(func() { m.run(b) })))
			b.removeDisk()
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
	if *readme != "" {
		check(b.writeReadme(*readme))
	}
	for _, r := range b.rows {
		if r.missed() {
			log.Printf("misses its goal: %s (%.2f)", r.what, r.ratio)
		}
	}
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
	b.command("", "cc", "-O2", "-o", b.floor, "test/bench/floor/floor.c")
}

// command runs a program with input, and returns its output. The program must succeed.
func (b *bench) command(input, name string, args ...string) string {
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(input)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		check(fmt.Errorf("%s %.80v: %v: %s", name, args, err, errs.String()))
	}
	return string(out)
}

// q returns the path of one of our commands.
func (b *bench) q(name string) string { return filepath.Join(b.bin, name) }

// add adds a row to the table.
func (b *bench) add(what string, p pair, goal float64) {
	b.rows = append(b.rows, row{what, round(p.ours), round(p.other), p.ratio, goal})
}

// timesAsFast adds a row whose ratio is the other program's time divided by ours.
func (b *bench) timesAsFast(what string, p pair, goal float64) {
	p.ratio = 1 / p.ratio
	b.add(what+": times as fast", p, -goal)
}

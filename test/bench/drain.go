package main

import (
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// drain claims from deep queues with a process for each claim.
func (b *bench) drain() {
	b.drainAlone()
	if _, err := exec.LookPath("strace"); err != nil {
		log.Print("SKIP: no strace to count renames with")
		return
	}
	b.drainTogether()
}

// drainAlone shows the mean, not the median, of a claim, because that includes the few claims
// that list the queue for the others. Parts of the drain take turns with starts of an empty
// program.
func (b *bench) drainAlone() {
	const parts = 10
	depth, n := b.size(100_000), b.size(10_000)
	q, _ := b.link("drain", depth, ".pck")
	repeat := func(times int, program string, args ...string) time.Duration {
		loop := fmt.Sprintf(`i=0; while [ $i -lt %d ]; do "$@" || exit; i=$((i+1)); done`, times)
		return took(func() { b.command("", "sh", append([]string{"-c", loop, "sh", program}, args...)...) })
	}
	starts := n / parts / 10
	var p pair
	for range parts {
		p.ours += repeat(n/parts, b.q("qdequeue"), q)
		p.other += repeat(starts, b.q("empty"))
	}
	p.ours /= time.Duration(n)
	p.other /= time.Duration(parts * starts)
	p.ratio = float64(p.ours) / float64(p.other)
	if left := strings.TrimSpace(b.command("", b.q("qstat"), "--count", "ready", q)); left != fmt.Sprint(depth-n) {
		log.Panicf("%s entries are left of %d", left, depth)
	}
	b.add(fmt.Sprintf("mean of %d claims, a process each, from a queue of %d, all listings included, beside the start of an empty Go program", n, depth), p, 0)
}

// drainers is the number of processes that claim at once.
const drainers = 8

// untilEmpty claims until the queue is empty (1). While others have the locks of the last
// entries, the status is 75.
const untilEmpty = `while :; do "$0" "$1"; s=$?; [ $s = 0 ] || [ $s = 75 ] || exit $s; done >/dev/null`

// drainTogether counts the renames of several processes that drain one queue. A rename fails
// if another process has the entry already.
func (b *bench) drainTogether() {
	n := b.size(3_000)                 // strace makes each start slow
	q, _ := b.fill("drain", n, ".pck") // names of one file would share its lock
	traces := b.queue("traces")
	var all [drainers]*exec.Cmd
	var errs [drainers]strings.Builder
	for i := range all {
		// Each process has its own file, so that no line is broken by another's. A
		// process number may come again, so lines are appended.
		all[i] = exec.Command("strace", "-ff", "-A", "--seccomp-bpf", "-e", "trace=renameat2", "-o", fmt.Sprint(traces, "/", i),
			"sh", "-c", untilEmpty, b.q("qdequeue"), q)
		all[i].Stderr = &errs[i]
		check(all[i].Start())
	}
	for i, cmd := range all {
		if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 1 { // the queue is empty
			log.Panic(err, ": ", errs[i].String())
		}
	}
	tried, wasted := renames(traces)
	if tried-wasted != n {
		log.Panicf("%d renames for %d entries, %d of them in vain", tried, n, wasted)
	}
	b.addRow(row{
		what: fmt.Sprintf("renames in vain of %d processes draining %d entries, beside renames", drainers, n),
		ours: fmt.Sprint(wasted), other: fmt.Sprint(tried), ratio: float64(wasted) / float64(tried), goal: 0.05,
	})
}

// renames returns how many claims are in a directory of traces, and how many failed.
func renames(traces string) (tried, wasted int) {
	files, err := filepath.Glob(traces + "/*")
	check(err)
	for _, name := range files {
		text, err := os.ReadFile(name)
		check(err)
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, `.bak"`) {
				tried++
				if strings.Contains(line, "= -1") {
					wasted++
				}
			}
		}
	}
	return tried, wasted
}

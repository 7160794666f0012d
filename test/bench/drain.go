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

// drainers is how many processes claim at once.
const drainers = 8

// drain empties a deep queue with a process for each claim: by one loop, and by
// several at once, who must not get into each other's way.
func (b *bench) drain() {
	const loop = `while "$0" "$1"; do :; done >/dev/null`
	n := b.size(20_000)
	p := pairs(1,
		func() time.Duration {
			q, _ := b.link("drain", n, ".pck")
			return took(func() { b.loops(1, "sh", "-c", loop, b.q("qdequeue"), q) })
		},
		func() time.Duration {
			return took(func() {
				b.command("", "sh", "-c", fmt.Sprintf(`i=0; while [ $i -lt %d ]; do "$0"; i=$((i+1)); done`, n), b.q("empty"))
			})
		})
	b.add(fmt.Sprintf("%d entries claimed in order by a process each, beside as many starts of an empty Go program", n), p, 0)

	if _, err := exec.LookPath("strace"); err != nil {
		log.Print("SKIP: no strace to count renames with")
		return
	}
	n = b.size(40_000)
	q, _ := b.link("drain", n, ".pck")
	traces := filepath.Join(b.disk, "traces")
	check(os.MkdirAll(traces, 0o755))
	defer os.RemoveAll(traces)
	b.loops(drainers, "strace", "-ff", "--seccomp-bpf", "-e", "trace=renameat2", "-o", traces+"/$", "sh", "-c", loop, b.q("qdequeue"), q)
	tried, wasted := 0, 0
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
	if tried-wasted != n {
		log.Panicf("%d renames for %d entries, %d of them in vain", tried, n, wasted)
	}
	b.rows = append(b.rows, row{
		what: fmt.Sprintf("renames in vain of %d processes draining %d entries, beside renames", drainers, n),
		ours: fmt.Sprint(wasted), other: fmt.Sprint(tried), ratio: float64(wasted) / float64(tried), goal: 0.05,
	})
	b.queue("drain")
}

// loops runs a program n times at once. It may end with status 1, as a claim of
// an empty queue does. A $ in an argument is the number of the run.
func (b *bench) loops(n int, program string, args ...string) {
	all := make([]*exec.Cmd, n)
	for i := range all {
		mine := make([]string, len(args))
		for j, a := range args {
			mine[j] = a
			if strings.HasSuffix(a, "/$") {
				mine[j] = strings.TrimSuffix(a, "$") + fmt.Sprint(i)
			}
		}
		all[i] = exec.Command(program, mine...)
		check(all[i].Start())
	}
	for _, cmd := range all {
		check(cmd.Wait())
	}
}

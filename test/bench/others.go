package main

import (
	"fmt"
	"log"
	"os"
	"os/exec"
	"strings"
	"time"
)

// others puts one qenqueue beside adding one job or element to other queues
// that Debian has, a process each. None of them waits for the disk.
func (b *bench) others() {
	one := mail(0, 4096)
	q := b.queue("others")
	other := b.queue("other")
	// Durable, as it always is, and not, as the others are.
	add := func(name, program string, args ...string) {
		if _, err := exec.LookPath(program); err != nil {
			log.Printf("SKIP: no %s to compare with", name)
			return
		}
		for _, how := range [][]string{{q}, {"--no-sync", q}} {
			p := pairs(b.runs(41),
				func() time.Duration { return took(func() { b.command(one, b.q("qenqueue"), how...) }) },
				func() time.Duration { return took(func() { b.command("", program, args...) }) })
			b.add(fmt.Sprintf("qenqueue %sof one message, beside %s, which syncs nothing", strings.Join(append(how[:len(how)-1:len(how)-1], ""), " "), name), p, 0)
		}
	}
	check(os.Setenv("NQDIR", other))
	add("nq of a job", "nq", "true")
	check(os.Setenv("TS_SOCKET", other+"/tsp"))
	add("tsp of a job", "tsp", "-n", "true")
	if _, err := exec.LookPath("tsp"); err == nil {
		b.command("", "tsp", "-K")
	}
	if haveDirQueue() {
		file := b.files(1, 4096)[0]
		add("an add of Python's dirq", python, "-c", dirQueue, other+"/dirq", "add", file)
	}
	b.queue("others")
	b.queue("other")
}

// dirQueue is Debian's python3-dirq: a claim is a lock, made by a link.
const dirQueue = `import sys
from dirq.QueueSimple import QueueSimple
q, what = QueueSimple(sys.argv[1]), sys.argv[2]
if what == 'add':
    q.add(open(sys.argv[3]).read())
elif what == 'fill':
    for i in range(int(sys.argv[3])):
        q.add('x')
else:
    name = q.first()
    while name and not q.lock(name):
        name = q.next()
    q.get(name)
    q.remove(name)`

func haveDirQueue() bool {
	return exec.Command(python, "-c", "import dirq").Run() == nil
}

// dirQueueClaims adds a claim and removal with dirq to the curve.
func (b *bench) dirQueueClaims(depth, times int) {
	if depth > 100_000 {
		return // filling it takes minutes
	}
	q := b.queue("dirq")
	b.command("", python, "-c", dirQueue, q, "fill", fmt.Sprint(depth))
	b.measureClaims("Python: dirq, lock and remove", depth, times, func() {
		b.command("", python, "-c", dirQueue, q, "take")
	})
	b.queue("dirq")
}

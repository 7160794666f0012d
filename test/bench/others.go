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
	add := func(what, program string, args ...string) {
		// Durable, as it always is, and not, as the others are.
		for _, options := range [][]string{nil, {"--no-sync"}} {
			ours := strings.Join(append([]string{"qenqueue"}, options...), " ")
			p := pairs(b.runs(41),
				func() time.Duration { return took(func() { b.command(one, b.q("qenqueue"), append(options, q)...) }) },
				func() time.Duration { return took(func() { b.command("", program, args...) }) })
			b.add(fmt.Sprintf("%s of one message, beside %s, which waits for no disk", ours, what), p, 0)
		}
	}
	if have("nq") {
		check(os.Setenv("NQDIR", other))
		add("nq of a job", "nq", "true")
	}
	if have("tsp") {
		check(os.Setenv("TS_SOCKET", other+"/tsp"))
		defer b.command("", "tsp", "-K")
		add("tsp of a job", "tsp", "-n", "true")
	}
	if haveDirQueue() {
		add("an add of Python's dirq", python, "-c", dirQueue, other+"/dirq", "add", b.files(1, 4096)[0])
	} else {
		log.Print("SKIP: no python3-dirq to compare with")
	}
}

func have(program string) bool {
	_, err := exec.LookPath(program)
	if err != nil {
		log.Printf("SKIP: no %s to compare with", program)
	}
	return err == nil
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
}

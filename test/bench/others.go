package main

import (
	"fmt"
	"log"
	"os"
	"os/exec"
	"strings"
	"time"
)

// others compares one qenqueue with adding one job, message or element to other queues that
// Debian has, with a process for each.
func (b *bench) others() {
	one := mail(0, 4096)
	q := b.queue("others")
	other := b.queue("other")
	for _, sub := range []string{"tmp", "new", "cur"} {
		check(os.Mkdir(other+"/"+sub, 0o700))
	}
	beside := func(options []string, what, input, program string, args ...string) {
		ours := strings.Join(append([]string{"qenqueue"}, options...), " ")
		p := pairs(b.runs(41),
			func() time.Duration { return took(func() { b.command(one, b.q("qenqueue"), append(options, q)...) }) },
			func() time.Duration { return took(func() { b.command(input, program, args...) }) })
		b.add(fmt.Sprintf("%s of one message, beside %s", ours, what), p, 0)
	}
	// These wait until the disk has the file, if not its name.
	if have("safecat") {
		beside(nil, "safecat, which syncs the file alone", one, "safecat", other+"/tmp", other+"/new")
	}
	if have("mdeliver") {
		beside(nil, "mblaze's mdeliver, which syncs the file alone", one, "mdeliver", other)
	}
	// These do not wait for the disk: compare them with qenqueue with and without sync.
	waitless := func(what, program string, args ...string) {
		what += ", which waits for no disk"
		beside(nil, what, "", program, args...)
		beside([]string{"--no-sync"}, what, "", program, args...)
	}
	if have("nq") {
		check(os.Setenv("NQDIR", other))
		waitless("nq of a job", "nq", "true")
	}
	if have("tsp") {
		check(os.Setenv("TS_SOCKET", other+"/tsp"))
		defer b.command("", "tsp", "-K")
		waitless("tsp of a job", "tsp", "-n", "true")
	}
	if haveDirQueue() {
		waitless("an add of Python's dirq", python, "-c", dirQueue, other+"/dirq", "add", b.files(1, 4096)[0])
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

// dirQueue uses Debian's python3-dirq, where a claim is a lock, made with a link.
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

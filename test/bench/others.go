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
	// drain ends what the other program began in the background, which would disturb the
	// next measurement. It is not timed.
	beside := func(options []string, drain func(), what, input, program string, args ...string) {
		ours := strings.Join(append([]string{"qenqueue"}, options...), " ")
		p := pairs(b.runs(41),
			func() time.Duration { return took(func() { b.command(one, b.q("qenqueue"), append(options, q)...) }) },
			func() time.Duration {
				defer drain()
				return took(func() { b.command(input, program, args...) })
			})
		peer, _, _ := strings.Cut(what, ",")
		b.add(fmt.Sprintf("%s of one message, beside %s", ours, what), p, 0).peer = strings.TrimSuffix(peer, " of a job")
	}
	nothing := func() {}
	// These wait until the disk has the file, if not its name.
	if have("safecat", "safecat") {
		beside(nil, nothing, "safecat, which syncs the file alone", one, "safecat", other+"/tmp", other+"/new")
	}
	if have("mdeliver", "mblaze") {
		beside(nil, nothing, "mdeliver, which syncs the file alone", one, "mdeliver", other)
	}
	// These do not wait for the disk: compare them with qenqueue with and without sync.
	waitless := func(drain func(), what, program string, args ...string) {
		what += ", which waits for no disk"
		beside(nil, drain, what, "", program, args...)
		beside([]string{"--no-sync"}, drain, what, "", program, args...)
	}
	if have("nq", "nq") {
		check(os.Setenv("NQDIR", other))
		waitless(func() { b.command("", "nq", "-w") }, "nq of a job", "nq", "-c", "true")
	}
	if have("tsp", "task-spooler") {
		check(os.Setenv("TS_SOCKET", other+"/tsp"))
		defer b.command("", "tsp", "-K")
		b.command("", "tsp", "-C") // starts its server
		waitless(func() { b.command("", "tsp", "-w") }, "tsp of a job", "tsp", "-n", "true")
	}
	if haveDirQueue() {
		waitless(nothing, "dirq of Python", python, "-c", dirQueue, other+"/dirq", "add", b.files(1, 4096)[0])
	}
}

// have reports whether a program of others is installed, and says where it is if not.
func have(program, debian string) bool {
	_, err := exec.LookPath(program)
	if err != nil {
		log.Printf("SKIP: no %s to compare with; Debian has it in the package %s", program, debian)
	}
	return err == nil
}

// dirQueue uses Debian's python3-dirq, where a claim is a lock, made with a link.
const dirQueue = `import sys, time
from dirq.QueueSimple import QueueSimple
q, what = QueueSimple(sys.argv[1]), sys.argv[2]
if what == 'add':
    q.add(open(sys.argv[3]).read())
elif what == 'fill':
    for i in range(int(sys.argv[3])):
        q.add('x')
elif what == 'cycle':
    start = time.perf_counter()
    for path in sys.argv[3:]:
        q.add(open(path).read())
    name = q.first()
    while name:
        if q.lock(name):
            q.get(name)
            q.remove(name)
        name = q.next()
    print(time.perf_counter() - start)
else:
    name = q.first()
    while name and not q.lock(name):
        name = q.next()
    q.get(name)
    q.remove(name)`

func haveDirQueue() bool {
	err := exec.Command(python, "-c", "import dirq").Run()
	if err != nil {
		log.Print("SKIP: no dirq to compare with; Debian has it in the package python3-dirq")
	}
	return err == nil
}

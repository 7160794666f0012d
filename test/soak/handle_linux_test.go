package soak

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// handler is qrun's COMMAND: it notes what it got, in one write, and then succeeds, mostly. The last
// field says how it ends: done, later (75), shunt, or crash.
const handler = `#!/bin/sh
sum=$(sha256sum) || exit 75
end=done
if [ "$2" != calm ]; then
	case $(($$ % 50)) in
	0 | 1) end=later ;;
	2) end=shunt ;;
	3 | 4) end=crash ;;
	5) sleep 1 ;;
	esac
fi
printf '%s\t%s\t%s\t%s\t%s\n' "$(date +%s)" "$Q_ENTRY" "${sum%% *}" "$(tr -d '\n' <"$Q_METADATA")" "$end" >>"$1" || exit 75
case $end in
later) exit 75 ;;
shunt) exit 1 ;;
crash) kill -9 $$ ;;
esac
`

// runner keeps a qrun running over half of in. Sometimes it is told to end, or started beside one
// that runs, and then it must be refused. Its status is 1 if a loop whose claim was restored has ended
// one of its own, and 65 if a pass has shunted.
func (s *site) runner(random *rand.Rand, half int) {
	args := []string{"-w", "-s", fmt.Sprintf("%d/2", half), "-j", fmt.Sprint(1 + random.IntN(4)), "--max-failures", "0"}
	if random.IntN(4) == 0 {
		args = args[1:] // one pass
	}
	statuses := []int{0, 1, 75}
	if args[0] != "-w" {
		statuses = append(statuses, 65)
	}
	s.run(nil, statuses, "qrun", append(args, s.queue("in"), s.handler(), s.handled())...)
	s.pause(random, 500*time.Millisecond)
}

// claim is what qdequeue --json says of an entry.
type claim struct {
	Entry    string
	Restores int
}

// loop is a pass of a shell loop: it claims, reads, handles, and finishes or not.
func (s *site) loop(random *rand.Rand) {
	queue := "work"
	if random.IntN(4) == 0 {
		queue = "in"
	}
	started := s.notes.now()
	r := s.run(nil, []int{0, 1, 75}, "qdequeue", "--json", "-n", fmt.Sprint(1+random.IntN(8)), s.queue(queue))
	if r.Status != 0 {
		s.pause(random, 200*time.Millisecond)
		return // the cron job restores what was claimed
	}
	var finish []string
	for lines := json.NewDecoder(strings.NewReader(r.Out)); ; {
		var c claim
		if lines.Decode(&c) != nil {
			break
		}
		s.notes.claim(c.Entry, started)
		// It is handled from a file that is whole, and gone if somebody else has ended it.
		got := s.run(nil, []int{0, 1, 66, 75}, "qcat", c.Entry)
		if got.Status != 0 {
			continue
		}
		switch random.IntN(30) {
		case 0: // the loop dies here
			s.notes.handle(c.Entry, []byte(got.Out), c.Restores)
			return
		case 1:
			s.notes.again(c.Entry)
			s.run(nil, []int{0, 1, 75}, "qfinish", "--requeue", c.Entry)
		case 2:
			s.run(nil, []int{0, 1, 75}, "qfinish", "--preserve", c.Entry)
		default:
			s.notes.handle(c.Entry, []byte(got.Out), c.Restores)
			finish = append(finish, c.Entry)
		}
	}
	if len(finish) > 0 {
		r := s.run([]byte(strings.Join(finish, "\n")), []int{0, 1, 75}, "qfinish", "-")
		if r.Status == 0 {
			s.notes.finish(finish)
		}
	}
}

// cron restores what the dead left in flight.
func (s *site) cron(random *rand.Rand) {
	s.pause(random, 3*time.Second)
	for _, q := range []string{"work", "side", "in"} {
		s.run(nil, []int{0, 75}, "qrestore", "--min-age", "2s", s.queue(q))
	}
}

// sorter moves entries aside and back, and deletes junk.
func (s *site) sorter(random *rand.Rand) {
	s.pause(random, time.Second)
	switch random.IntN(4) {
	case 0:
		s.run(nil, []int{0, 1, 75}, "qdiscard", "--subject", "^"+junk, s.queue([]string{"in", "work"}[random.IntN(2)]))
	case 1:
		s.run(nil, []int{0, 1, 75}, "qmove", "-a", "--to", s.queue([]string{"in", "work"}[random.IntN(2)]), s.queue("side"))
	default:
		some := s.entries([]string{"in", "work"}[random.IntN(2)], ".pck")
		random.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
		if some = some[:min(len(some), 1+random.IntN(20))]; len(some) > 0 {
			s.run([]byte(strings.Join(some, "\n")), []int{0, 1, 75}, "qmove", "--to", s.queue("side"), "-")
		}
	}
}

// releaser is a person who looks at what was preserved and shunted, and has it tried again.
func (s *site) releaser(random *rand.Rand) {
	s.pause(random, 4*time.Second)
	if some := strings.Join(s.entries("bad", ".psv"), "\n"); some != "" {
		s.notes.again(some)
		s.run([]byte(some), []int{0, 1, 75}, "qrestore", "-")
	}
	s.run(nil, []int{0, 1, 75}, "qrestore", "--origin", s.queue("shunt"))
}

// looker looks, which never changes or disturbs anything.
func (s *site) looker(random *rand.Rand) {
	s.pause(random, 500*time.Millisecond)
	q := s.queue(names[random.IntN(len(names))])
	for _, args := range [][]string{{q}, {"-l", "--state", "any", q}, {"-e", q}, {"--by", "list", q}} {
		s.run(nil, []int{0, 75}, "qstat", args...)
	}
	// It names what is about to be stored, and what a killed command left.
	s.run(nil, []int{0, 65, 75}, "qstat", "--check", q)
}

// readHandled notes what the handlers noted.
func (n *ledger) readHandled(file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		n.wrong("%v", err)
	}
	for line := range bytes.Lines(text) {
		fields := strings.Split(strings.TrimSuffix(string(line), "\n"), "\t")
		var metadata struct {
			Restores int `json:"_bak_count"`
		}
		if len(fields) != 5 || json.Unmarshal([]byte(fields[3]), &metadata) != nil {
			n.wrong("a handler noted %q", line)
			continue
		}
		n.handleSum(fields[1], fields[2], "qrun, "+fields[4], metadata.Restores)
		if fields[4] == "later" || fields[4] == "shunt" {
			n.again(filepath.Base(fields[1]))
		}
	}
}

package soak

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// backlog is the number of entries at which those that store wait for those that handle.
const backlog = 300

// junk is the subject of what may be discarded.
const junk = "junk"

// busy waits if there is enough to do.
func (s *site) busy(random *rand.Rand) bool {
	if len(s.entries("in", ".pck"))+len(s.entries("work", ".pck")) < backlog {
		return false
	}
	s.pause(random, 200*time.Millisecond)
	return true
}

// target is a queue to store in, and the options for it.
func (s *site) target(random *rand.Rand) []string {
	args := []string{s.queue([]string{"in", "work"}[random.IntN(2)])}
	if random.IntN(3) == 0 {
		args = append([]string{"-f", "mailman3"}, args...)
	}
	return args
}

// storeOne stores a message as a mail server does.
func (s *site) storeOne(random *rand.Rand) {
	if s.busy(random) {
		return
	}
	subject := "soak"
	if random.IntN(20) == 0 {
		subject = junk
	}
	text := s.message(random, subject, false)
	s.notes.offer(text)
	r := s.run(text, []int{0, 75}, "qenqueue", s.target(random)...)
	s.notes.store(r, text)
}

// storeMany stores files, in one batch.
func (s *site) storeMany(random *rand.Rand) {
	if s.busy(random) {
		return
	}
	args := s.target(random)
	var texts [][]byte
	for i := range 1 + random.IntN(40) {
		text := s.message(random, "soak", false)
		file := filepath.Join(s.out, fmt.Sprintf("batch%d", i))
		if err := os.WriteFile(file, text, 0o644); err != nil {
			s.notes.wrong("%v", err)
			return
		}
		s.notes.offer(text)
		args, texts = append(args, file), append(texts, text)
	}
	s.notes.store(s.run(nil, []int{0, 75}, "qenqueue", args...), texts...)
	s.pause(random, time.Second)
}

// mailmanStores has a real Mailman store. A full disk makes it fail.
func (s *site) mailmanStores(random *rand.Rand) {
	if s.busy(random) {
		return
	}
	text := s.message(random, "soak", true)
	s.notes.offer(text)
	got, err := s.mailman.Call("enqueue", map[string]any{
		"queue": []string{"in", "work"}[random.IntN(2)], "msg": base64.StdEncoding.EncodeToString(text),
		"meta": map[string]any{"listid": "list.site.example"}, "plaintext": random.IntN(2) == 0,
	})
	switch {
	case err == nil:
		s.notes.storeBase(fmt.Sprint(got["base"]), text)
	case !strings.Contains(err.Error(), "No space left"):
		s.notes.wrong("Mailman: %v", err)
	}
	s.pause(random, 300*time.Millisecond)
}

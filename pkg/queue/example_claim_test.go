package queue_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// newQueue makes a queue with one ready message per subject. The first one was received
// first.
func newQueue(subjects ...string) (path string, remove func()) {
	root, err := os.MkdirTemp("", "queue")
	if err != nil {
		log.Fatal(err)
	}
	path = filepath.Join(root, "in")
	dir, err := queue.Create(path, queue.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer dir.Close()
	batch := dir.NewBatch(func(string) error { return nil })
	for i, subject := range subjects {
		pending, err := batch.Create(queue.Metadata{
			Items:    []message.Item{{Key: "listname", Value: "announce"}},
			Received: 1700000000 + float64(i),
		})
		if err != nil {
			log.Fatal(err)
		}
		if _, err := io.WriteString(pending, "Subject: "+subject+"\n\nbody\n"); err != nil {
			log.Fatal(err)
		}
		if err := pending.Commit(); err != nil {
			log.Fatal(err)
		}
	}
	if err := batch.Flush(); err != nil {
		log.Fatal(err)
	}
	return path, func() { os.RemoveAll(root) }
}

// Claim up to two entries, handle each, and finish it. If one entry cannot be claimed,
// the others still are.
func ExampleDir_Claims() {
	path, remove := newQueue("one", "two", "three")
	defer remove()

	dir, err := queue.Open(path, queue.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer dir.Close()

	const want = 2
	handled := 0
	for claim, err := range dir.Claims(queue.Slice{}, want) {
		var failed *queue.ClaimError
		if errors.As(err, &failed) {
			log.Print(err)
			continue
		}
		if err != nil {
			log.Fatal(err)
		}
		if err := claim.Content.WriteMail(io.Discard); err != nil {
			log.Fatal(err)
		}
		subject, _ := claim.Content.Decoded("Subject")
		fmt.Println("handled", subject)
		if err := dir.Finish(claim.ID); err != nil {
			log.Fatal(err)
		}
		if err := claim.Close(); err != nil {
			log.Fatal(err)
		}
		if handled++; handled == want {
			break
		}
	}
	// Finished entries stay finished after this, even if the power fails.
	if err := dir.Sync(); err != nil {
		log.Fatal(err)
	}

	left, err := dir.Count(queue.Slice{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(left.ByState[queue.Ready], "ready,", left.ByState[queue.InFlight], "in flight")
	// Output:
	// handled one
	// handled two
	// 1 ready, 0 in flight
}

// Requeue an entry that cannot be handled now. This does not count as a restore.
func ExampleClaim_Requeue() {
	path, remove := newQueue("later")
	defer remove()

	dir, err := queue.Open(path, queue.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer dir.Close()
	for claim, err := range dir.Claims(queue.Slice{}, 1) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(filepath.Ext(claim.Path()))
		if err := claim.Requeue(); err != nil {
			log.Fatal(err)
		}
		fmt.Println(dir.Has(claim.ID, queue.Ready))
		break
	}
	// Output:
	// .bak
	// true
}

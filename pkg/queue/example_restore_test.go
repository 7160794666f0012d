package queue_test

import (
	"fmt"
	"log"
	"path/filepath"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// Restore entries that a crash left in flight. When this entry's handler crashes a second
// time, the entry is preserved, because it may be what makes the handler crash.
func ExampleDir_Restore() {
	path, remove := newQueue("poison")
	defer remove()

	dir, err := queue.Open(path, queue.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer dir.Close()

	for range 2 {
		for claim, err := range dir.Claims(queue.Slice{}, 1) {
			if err != nil {
				log.Fatal(err)
			}
			claim.Close() // like a crash, this releases the lock and leaves the entry in flight
			break
		}
		err := dir.Restore(queue.RestoreOptions{MaxRestores: 2}, func(o queue.Outcome, err error) {
			switch {
			case err != nil:
				log.Print(err) // still in flight, for example because its handler still runs
			case o.Preserved:
				fmt.Println("preserved in", filepath.Base(filepath.Dir(o.To)))
			default:
				fmt.Println("ready again, restored", o.Restores, "time")
			}
		})
		if err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// ready again, restored 1 time
	// preserved in bad
}

// Release preserved entries once the reason for preserving them is gone. Each entry goes
// back to the queue that its metadata names.
func ExampleDir_Release() {
	path, remove := newQueue("mended")
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
		if _, err := claim.Preserve(); err != nil {
			log.Fatal(err)
		}
		break
	}

	bad, err := queue.Open(filepath.Join(filepath.Dir(path), "bad"), queue.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer bad.Close()
	origin := func(id queue.ID, content *message.Content) (queue.Queue, error) {
		from, err := bad.Origin(id, queue.Preserved, content, nil)
		if err != nil {
			return nil, err
		}
		fmt.Println("back to", filepath.Base(from.Path))
		return dir, nil
	}
	released := func(o queue.Outcome, err error) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("ready as *" + filepath.Ext(o.To))
	}
	if err := bad.Release(queue.ReleaseOptions{From: queue.Preserved, Target: origin}, released); err != nil {
		log.Fatal(err)
	}
	// Output:
	// back to in
	// ready as *.pck
}

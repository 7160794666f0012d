package queue_test

import (
	"fmt"
	"log"
	"os"

	"switchboard/pkg/queue"
)

// Look at what is ready, oldest first. Nothing is claimed or changed.
func ExampleDir_List() {
	path, remove := newQueue("one", "two")
	defer remove()

	dir, err := queue.Open(path, queue.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer dir.Close()
	for file, err := range dir.List(nil, queue.Ready) {
		if err != nil {
			log.Fatal(err)
		}
		entry, err := dir.Read(file.ID, file.State)
		if err != nil {
			log.Fatal(err)
		}
		subject, _ := entry.Content.Decoded("Subject")
		fmt.Println(entry.Content.List(), subject, entry.Content.Restores())
		entry.Close()
	}
	// Output:
	// announce one 0
	// announce two 0
}

// Each goes through a queue of any size with little memory, in no particular order.
func ExampleDir_Each() {
	path, remove := newQueue("one", "two")
	defer remove()
	if err := os.Mkdir(path+"/a directory", 0o700); err != nil {
		log.Fatal(err)
	}

	dir, err := queue.Open(path, queue.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer dir.Close()
	ready := 0
	for file, err := range dir.Each() {
		if err != nil {
			log.Fatal(err)
		}
		switch file.State {
		case queue.Ready:
			ready++
		case queue.Stray:
			fmt.Println("not an entry:", file.Name)
		}
	}
	fmt.Println(ready, "ready")
	// Unordered output:
	// not an entry: a directory
	// 2 ready
}

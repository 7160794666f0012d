package queue_test

import (
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// Store a message for the list staff, and print where it is once it is durable.
func ExampleDir_NewBatch() {
	tmp, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(tmp)
	dir, err := queue.Create(filepath.Join(tmp, "in"), queue.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer dir.Close()

	batch := dir.NewBatch(func(path string) error {
		_, err := fmt.Println("stored as *" + filepath.Ext(path))
		return err
	})
	pending, err := batch.Create(queue.Metadata{Items: []message.Item{{Key: "listname", Value: "staff"}}})
	if err != nil {
		log.Fatal(err)
	}
	defer pending.Abort() // does nothing after Commit

	text := strings.NewReader("From: anne@example.com\nSubject: The roof leaks\n\nWater!\n")
	if _, err := io.Copy(pending, text); err != nil {
		log.Fatal(err)
	}
	if err := pending.Commit(); err != nil {
		log.Fatal(err)
	}
	if err := batch.Flush(); err != nil {
		log.Fatal(err)
	}
	// Output: stored as *.pck
}

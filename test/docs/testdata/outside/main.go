// Outside is a program of somebody else, who imports the library: it stores a message in
// the queue that is its argument, claims it, prints its subject, and finishes it.
package main

import (
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

func main() {
	dir, err := queue.Create(os.Args[1], queue.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer dir.Close()
	if err := store(dir, "Subject: =?utf-8?q?Caf=C3=A9?=\n\nOpen at nine.\n"); err != nil {
		log.Fatal(err)
	}
	for claim, err := range dir.Claims(queue.Slice{}, 1) {
		if err != nil {
			log.Fatal(err)
		}
		if err := handle(claim.Content); err != nil {
			log.Fatal(err)
		}
		if err := dir.Finish(claim.ID); err != nil {
			log.Fatal(err)
		}
		if err := claim.Close(); err != nil {
			log.Fatal(err)
		}
		break
	}
	if err := dir.Sync(); err != nil {
		log.Fatal(err)
	}
}

func store(dir *queue.Dir, text string) error {
	batch := dir.NewBatch(func(string) error { return nil })
	pending, err := batch.Create(queue.Metadata{Items: []message.Item{{Key: "listname", Value: "staff"}}})
	if err != nil {
		return err
	}
	defer pending.Abort()
	if _, err := io.Copy(pending, strings.NewReader(text)); err != nil {
		return err
	}
	if err := pending.Commit(); err != nil {
		return err
	}
	return batch.Flush()
}

func handle(content *message.Content) error {
	subject, _ := content.Decoded("Subject")
	fmt.Println(content.List(), subject)
	return content.WriteMessage(os.Stdout)
}

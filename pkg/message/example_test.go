package message_test

import (
	"bytes"
	"fmt"
	"log"
	"os"

	"switchboard/pkg/message"
)

const text = "From: Anne <anne@example.com>\nSubject: =?utf-8?q?Caf=C3=A9?=\n\nHello.\n"

// entry returns the bytes of a queue file, as Mailman 3 reads them.
func entry() []byte {
	d := message.Mailman3
	body := d.AppendText(nil, []byte(text))
	file, err := d.TextPrefix(int64(len(body)))
	if err != nil {
		log.Fatal(err)
	}
	file = append(append(file, body...), d.TextSuffix()...)
	file, err = d.AppendMetadata(file, []message.Item{
		{Key: "listid", Value: "test.example.com"},
		{Key: "_parsemsg", Value: true},
	})
	if err != nil {
		log.Fatal(err)
	}
	return file
}

// Read takes a file and its size, usually an *os.File.
func ExampleRead() {
	file := entry()
	c, err := message.Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		log.Fatal(err)
	}
	subject, _ := c.Decoded("Subject")
	fmt.Println(c.Dialect(), c.List(), c.Sender(), subject)
	if err := c.WriteMessage(os.Stdout); err != nil {
		log.Fatal(err)
	}
	metadata, err := c.AppendMetadata(nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", metadata)
	// Output:
	// mailman3 test.example.com anne@example.com Café
	// From: Anne <anne@example.com>
	// Subject: =?utf-8?q?Caf=C3=A9?=
	//
	// Hello.
	// {"listid":"test.example.com","_parsemsg":true}
}

// A Patch changes the metadata of a file without a copy of the message, and a crash
// at any point leaves a file that Mailman loads.
func ExampleContent_Patch() {
	file := entry()
	c, err := message.Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		log.Fatal(err)
	}
	patch, err := c.Patch(message.Setting{Key: message.CountKey, Value: c.Restores() + 1})
	if err != nil {
		log.Fatal(err)
	}
	// In a file: WriteAt and Sync twice, the tail before the flip.
	file = append(file[:patch.TailOff], patch.Tail...)
	file[patch.FlipOff] = patch.Flip

	c, err = message.Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("restores:", c.Restores())
	// Output: restores: 1
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// listItem returns the metadata that says which list a message is for, if any.
func listItem(list string, format message.Dialect) []message.Item {
	switch {
	case list == "":
		return nil
	case format == message.Mailman3:
		return []message.Item{{Key: "listid", Value: list}}
	}
	return []message.Item{{Key: "listname", Value: list}}
}

const receivedTime = "received_time"

// errNotSeconds is a received_time that could not be the time in the entry's name.
var errNotSeconds = errors.New("received_time must be a Unix time in seconds: -m received_time:=1700000000.5")

// items are the values of -m. Of two with one key the later one wins when the message
// is stored.
type items []message.Item

// Check is cmdline.Value's.
func (*items) Check(text string) error {
	_, err := readItem(text)
	return err
}

// Set adds an item.
func (i *items) Set(text string) error {
	item, err := readItem(text)
	*i = append(*i, item)
	return err
}

// String is for the library.
func (*items) String() string { return "" }

// readItem reads KEY=VALUE or KEY:=JSON.
func readItem(text string) (message.Item, error) {
	key, value, ok := strings.Cut(text, "=")
	if !ok || key == "" || key == ":" {
		return message.Item{}, fmt.Errorf("%q is neither KEY=VALUE nor KEY:=JSON", text)
	}
	name, isJSON := strings.CutSuffix(key, ":")
	switch {
	case strings.HasPrefix(name, "_"), name == "version":
		return message.Item{}, fmt.Errorf("%s is a key that Mailman sets itself", name)
	case !utf8.ValidString(text):
		return message.Item{}, fmt.Errorf("the value of %s is not UTF-8", name)
	case isJSON:
		return readJSON(name, value)
	case name == receivedTime:
		return message.Item{}, errNotSeconds
	}
	return message.Item{Key: key, Value: value}, nil
}

// readJSON reads the one JSON value that is text.
func readJSON(name, text string) (message.Item, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	item := message.Item{Key: name}
	if err := decoder.Decode(&item.Value); err != nil {
		return item, fmt.Errorf("the value of %s is not JSON: %q", name, text)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return item, fmt.Errorf("%s has more than one JSON value", name)
	}
	if _, ok := queue.Seconds(item.Value); name == receivedTime && !ok {
		return item, errNotSeconds
	}
	if _, err := message.Mailman3.AppendMetadata(nil, []message.Item{item}); err != nil {
		return item, fmt.Errorf("%s: %w", name, err)
	}
	return item, nil
}

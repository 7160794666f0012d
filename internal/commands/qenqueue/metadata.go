package qenqueue

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

// errNotSeconds is the error of a received_time that cannot be the time in a file name.
var errNotSeconds = errors.New("received_time must be a Unix time in seconds: -m received_time:=1700000000.5")

// items are the values of -m. If two have the same key, the later one is stored.
type items []message.Item

// Check implements cmdline.Value.
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

// String implements cli.Generic. Help does not print it.
func (*items) String() string { return "" }

// readItem parses KEY=VALUE or KEY:=JSON.
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

// readJSON parses text, which must be exactly one JSON value.
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

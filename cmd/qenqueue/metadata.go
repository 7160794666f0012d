package main

import (
	"encoding/json"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// listItem is the metadata that says which list a message is for, if one.
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

// notSeconds is a received_time that could not be the time in the entry's name.
var notSeconds = cmdline.Usagef("option -m: received_time must be a Unix time in seconds: -m received_time:=1700000000.5")

// settings reads -m: later ones win, which the store sees to.
func settings(c *cmdline.Context) ([]message.Item, error) {
	var items []message.Item
	for _, m := range c.StringSlice("metadata") {
		key, value, ok := strings.Cut(m, "=")
		if !ok || key == "" || key == ":" {
			return nil, cmdline.Usagef("option -m: %q is neither KEY=VALUE nor KEY:=JSON", m)
		}
		name, isJSON := strings.CutSuffix(key, ":")
		if strings.HasPrefix(name, "_") || name == "version" {
			return nil, cmdline.Usagef("option -m: %s is a key that Mailman sets itself", name)
		}
		if strings.ContainsRune(m, utf8.RuneError) && slices.ContainsFunc(os.Args, isBinary) {
			return nil, cmdline.Usagef("option -m: the value of %s is not UTF-8", name)
		}
		if !isJSON {
			if name == receivedTime {
				return nil, notSeconds
			}
			items = append(items, message.Item{Key: key, Value: value})
			continue
		}
		decoder := json.NewDecoder(strings.NewReader(value))
		decoder.UseNumber()
		var v any
		if err := decoder.Decode(&v); err != nil {
			return nil, cmdline.Usagef("option -m: the value of %s is not JSON: %q", name, value)
		}
		if _, err := decoder.Token(); err != io.EOF {
			return nil, cmdline.Usagef("option -m: %s has more than one JSON value", name)
		}
		if _, ok := queue.Seconds(v); name == receivedTime && !ok {
			return nil, notSeconds
		}
		if _, err := message.Mailman3.AppendMetadata(nil, []message.Item{{Key: name, Value: v}}); err != nil {
			return nil, cmdline.Usagef("option -m: %s: %v", name, err)
		}
		items = append(items, message.Item{Key: name, Value: v})
	}
	return items, nil
}

// isBinary says whether an argument is not UTF-8. The library has put U+FFFD in
// place of such bytes in -m.
func isBinary(arg string) bool { return !utf8.ValidString(arg) }

package message

import (
	"testing"

	"switchboard/pkg/pickle"
)

func TestEnvelopeSender(t *testing.T) {
	t.Parallel()
	parsed := func(line pickle.Value, fields ...pickle.Value) pickle.Value {
		o := whole(text("body\n"), pickle.None{}, fields...)
		for i, pair := range o.State.(*pickle.Dict).Pairs {
			if string(keyText(pair.Key)) == "_unixfrom" {
				o.State.(*pickle.Dict).Pairs[i].Value = line
			}
		}
		return o
	}
	for _, tt := range []struct {
		msg       pickle.Value
		envsender string
		want      string
	}{
		{text("Subject: x\n\nFrom b\n"), "", ""},
		{text("Subject: x\n\n"), "a@example.com", "a@example.com"},
		{text("From b@example.com  Sat Nov 28 10:00:00 2026\nReturn-Path: <c@example.com>\n\n"), "", "b@example.com"},
		{text("From b@example.com  Sat Nov 28 10:00:00 2026\n"), "a@example.com", "a@example.com"},
		{text("From \nReturn-Path: <c@example.com>\n\n"), "", "c@example.com"},
		{text("X-MailFrom: d@example.com\nReturn-Path: <c@example.com>\n\n"), "", "d@example.com"},
		{text("Return-Path: <>\n\n"), "", ""},
		{parsed(text("From b@example.com Sat Nov 28 10:00:00 2026")), "", "b@example.com"},
		{parsed(pickle.None{}, field("Return-Path", text("<c@example.com>"))), "", "c@example.com"},
		{parsed(pickle.None{}), "", ""},
	} {
		meta := &pickle.Dict{}
		if tt.envsender != "" {
			meta.Pairs = append(meta.Pairs, pickle.Pair{Key: text("envsender"), Value: text(tt.envsender)})
		}
		c, err := readBytes(pickled(t, tt.msg, meta))
		if err != nil {
			t.Fatal(err)
		}
		if got := c.EnvelopeSender(); got != tt.want {
			t.Errorf("%v, %q: %q, want %q", tt.msg, tt.envsender, got, tt.want)
		}
	}
}

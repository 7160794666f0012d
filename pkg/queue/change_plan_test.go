package queue

import (
	"bytes"
	"reflect"
	"testing"

	"switchboard/pkg/message"
)

// TestPlans checks that the request and what was found decide what is done.
func TestPlans(t *testing.T) {
	t.Parallel()
	bad, other := target{kind: toBadQueue}, &Dir{}
	count := func(n int) message.Setting { return message.Setting{Key: countKey, Value: n} }
	origin := message.Setting{Key: "whichq", Value: "/q/in"}
	set := func(s ...message.Setting) []message.Setting { return s }
	entry := func(items ...message.Item) facts {
		return facts{content: contentOf(t, items...), origin: "/q/in", target: other}
	}
	whichq := message.Item{Key: "whichq", Value: "/q/in"}
	held, linked := entry(), entry()
	held.held, linked.stat.Nlink = true, 2
	moved := entry(counted(2))
	moved.twin = &twin{queue: other, as: Preserved}
	for _, test := range []struct {
		name    string
		request request
		found   facts
		want    plan
	}{
		{"restore", request{limit: 3}, entry(), plan{set: set(count(1)), sets: true, as: Ready, restores: 1}},
		{"restore a second time", request{limit: 3}, entry(counted(1)), plan{set: set(count(2)), sets: true, as: Ready, restores: 2}},
		{"restore at the limit", request{limit: 3}, entry(counted(2)),
			plan{set: set(count(3), origin), sets: true, to: bad, as: Preserved, restores: 3}},
		{"restore past the limit, noted", request{limit: 3}, entry(counted(4), whichq), plan{sets: true, to: bad, as: Preserved, restores: 4}},
		{"restore without a limit", request{}, entry(counted(9)), plan{set: set(count(10)), sets: true, as: Ready, restores: 10}},
		{"restore past what a byte holds", request{}, entry(counted(255)), plan{set: set(count(255)), sets: true, as: Ready, restores: 255}},
		{"restore what is malformed", request{limit: 3}, facts{}, plan{to: bad, as: Preserved, unreadable: true}},
		{"restore a hard link", request{}, linked, plan{set: set(count(1)), sets: true, inCopy: true, as: Ready, restores: 1}},
		{"restore what was being preserved", request{}, moved,
			plan{to: toQueue(other), as: Preserved, completes: true, restores: 2}},
		{"preserve", request{verb: preserves}, entry(counted(2)), plan{set: set(origin), sets: true, to: bad, as: Preserved}},
		{"preserve what is noted", request{verb: preserves}, entry(whichq), plan{sets: true, to: bad, as: Preserved}},
		{"preserve what is locked", request{verb: preserves}, held, plan{set: set(origin), sets: true, inCopy: true, to: bad, as: Preserved}},
		{"preserve what is malformed", request{verb: preserves}, facts{}, plan{to: bad, as: Preserved}},
		{"preserve what was being preserved", request{verb: preserves}, moved,
			plan{to: toQueue(other), as: Preserved, completes: true, restores: 2}},
		{"release", request{verb: releases}, entry(counted(3)),
			plan{set: set(count(0)), sets: true, to: toQueue(other), as: Ready}},
		{"release what was never restored", request{verb: releases}, entry(), plan{sets: true, to: toQueue(other), as: Ready}},
		{"shunt", request{verb: shunts}, entry(), plan{set: set(origin), sets: true, to: target{kind: toShuntQueue}, as: Ready}},
		{"requeue", request{verb: requeues}, entry(counted(1)), plan{as: Ready}},
		{"requeue what cannot be read", request{verb: requeues}, facts{}, plan{as: Ready}},
		{"move", request{verb: moves, move: &MoveOptions{From: Ready}}, entry(counted(2)), plan{to: toQueue(other), as: Ready}},
		{"move what is malformed", request{verb: moves, move: &MoveOptions{From: Preserved}}, facts{target: other}, plan{to: toQueue(other), as: Ready}},
		{"move what is preserved", request{verb: moves, move: &MoveOptions{From: Preserved}}, entry(counted(2)),
			plan{set: set(count(0)), sets: true, to: toQueue(other), as: Ready}},
		{"move to where old files are deleted", request{verb: moves, move: &MoveOptions{From: Ready, Touch: true}}, entry(),
			plan{to: toQueue(other), as: Ready, touches: true, attributes: true}},
		{"move what the owner cannot read", request{verb: moves, move: &MoveOptions{From: Ready}}, facts{target: other, access: mustGive},
			plan{to: toQueue(other), as: Ready, gives: true, attributes: true}},
		{"move to a queue that is missing", request{verb: moves, move: &MoveOptions{From: Ready, Beside: "hold"}}, facts{},
			plan{to: target{kind: toQueueBeside, name: "hold"}, as: Ready}},
		{"discard", request{verb: discards}, entry(), plan{}},
	} {
		if got := test.request.plan(&test.found); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %+v, not %+v", test.name, got, test.want)
		}
	}
}

// contentOf returns an entry's content with this metadata.
func contentOf(t *testing.T, items ...message.Item) *message.Content {
	t.Helper()
	file := entryFile(message.Mailman2, mailText(0), items...)
	c, err := message.Read(bytes.NewReader(file), int64(len(file)))
	must(t, err)
	t.Cleanup(c.Release)
	return c
}

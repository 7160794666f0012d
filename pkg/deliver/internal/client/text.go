package client

import (
	"context"
	"errors"
	"time"
)

// text sends the text to the recipients that were taken, and reads what becomes of it.
func (t *transaction) text() error {
	t.stage = StageData
	if cap(t.buf) < blockSize {
		t.buf = make([]byte, 0, blockSize)
	}
	b := body{link: t.l, buf: t.buf[:0]}
	err := t.m.Write(&b)
	t.buf = b.buf[:0]
	if b.lost == nil && t.l.r.Buffered() > 0 {
		b.lost = errEarly
	}
	if b.lost != nil {
		return t.interrupted(b.lost)
	}
	if err = errors.Join(err, b.check()); err != nil {
		// Without the final dot the server must forget what it got.
		failed := t.fail(t.ctx, BodyFailed, err)
		settle(t.answers, lostAnswer(StageData, failed))
		return failed
	}
	t.stage = StageUnknown
	t.linger()
	if err := b.end(t.early(nil)); err != nil {
		return t.lost(err)
	}
	t.l.unfinished = false
	if t.server.LMTP {
		return t.each()
	}
	return t.all()
}

// linger gives the server some time to answer after the context is done.
func (t *transaction) linger() {
	if t.stop() {
		t.stop = context.AfterFunc(t.ctx, func() { time.AfterFunc(t.times.Linger, t.l.cut) })
	}
}

// interrupted settles the recipients when the server did not wait for the end of the text.
// It may have said why. LMTP's answers at this point could be for anybody.
func (t *transaction) interrupted(err error) error {
	if t.server.LMTP || t.l.reply(min(time.Second, t.times.End)) != nil || t.l.code < 400 {
		return t.lost(err)
	}
	if t.l.code == 421 {
		return t.lost(t.said(RefusedNow))
	}
	settle(t.answers, t.l.answer(StageData))
	return nil
}

// all reads SMTP's answer to the text.
func (t *transaction) all() error {
	a, err := t.last()
	if err != nil {
		return t.lost(err)
	}
	settle(t.answers, a)
	if a.Code == 421 {
		return t.said(RefusedNow)
	}
	t.rests = true
	return nil
}

// each reads LMTP's answers to the text, one for each RCPT that was taken, in their order.
func (t *transaction) each() error {
	for i := range t.answers {
		if !t.answers[i].undecided() {
			continue
		}
		a, err := t.last()
		if err != nil {
			return t.lost(err)
		}
		t.answers[i] = a
	}
	t.rests = true
	return nil
}

// last reads an answer to the text.
func (t *transaction) last() (Answer, error) {
	if err := t.l.reply(t.times.End); err != nil {
		return Answer{}, err
	}
	if t.l.code < 400 && t.l.code/10 != 25 {
		return Answer{}, t.nonsense()
	}
	return t.l.answer(StageEnd), nil
}

// nothing ends the text at once, because DATA was taken though nobody's RCPT was. RFC 2920
// wants that of clients that send DATA before they know.
func (t *transaction) nothing() error {
	if t.strays > 0 || t.server.LMTP {
		// Somebody would get an empty mail; or nobody knows how many answers follow.
		t.stage = StageData
		return t.lost(errEarly)
	}
	if err := t.l.write([]byte(".\r\n")); err != nil {
		return t.lost(err)
	}
	if err := t.l.reply(t.times.End); err != nil {
		return t.lost(err)
	}
	t.l.unfinished, t.rests = false, t.l.code != 421
	return nil
}

package client

import (
	"cmp"
	"context"
	"errors"
	"net"
	"strconv"
	"time"
)

// window is how many bytes of commands may wait for their answers.
const window = 8 << 10

// The commands of a transaction have numbers: RCPT for m.To[i] is rcpt+i, and DATA follows.
const (
	rset = iota
	mail
	rcpt
)

// transaction is a mail on its way.
type transaction struct {
	*Session
	l       *link
	ctx     context.Context
	m       Mail
	answers []Answer
	// heard means that MAIL was answered, ok that it was taken, goes that DATA was.
	heard, ok, goes bool
	// taken counts the recipients whose RCPT was taken, strays those whose RCPT was though
	// MAIL was not.
	taken, strays int
	// begun means that all commands were sent early.
	begun bool
	// stage is that of the command whose answer is awaited.
	stage Stage
	// rests means that the connection can take another mail.
	rests bool
	// stop ends the watch over the context. It reports whether the connection is still open.
	stop func() bool
}

// transact sends a mail over a connection that is at rest. With errAgain no recipient was
// given an answer.
func (s *Session) transact(ctx context.Context, l *link, m Mail, answers []Answer) error {
	t := &transaction{Session: s, l: l, ctx: ctx, m: m, answers: answers}
	s.link = nil
	t.stop = context.AfterFunc(ctx, l.cut)
	// Also if m.Write panics: what comes over this connection next would be text.
	defer func() {
		if t.stop() && t.rests {
			l.used, s.link = true, l
		} else {
			l.cut()
		}
	}()
	if err := t.envelope(); err != nil {
		return t.lost(err)
	}
	switch {
	case !t.goes:
		l.unfinished, t.rests = t.ok, true
		return nil
	case t.taken == 0:
		return t.nothing()
	default:
		return t.text()
	}
}

// data is the number of DATA.
func (t *transaction) data() int { return rcpt + len(t.m.To) }

// after returns the number of the command after k. Recipients with an answer are left out.
func (t *transaction) after(k int) int {
	for k++; k >= rcpt && k < t.data() && t.answers[k-rcpt].Stage == StageLocal; k++ {
	}
	return k
}

// append appends a command.
func (t *transaction) append(out []byte, k int) []byte {
	switch {
	case k == rset:
		out = append(out, "RSET"...)
	case k == mail:
		out = append(append(append(out, "MAIL FROM:<"...), t.m.From...), '>')
		if t.l.size && t.m.Size > 0 {
			out = strconv.AppendInt(append(out, " SIZE="...), t.m.Size, 10)
		}
		if t.m.EightBit {
			out = append(out, " BODY=8BITMIME"...)
		}
		if t.wantsUTF8() {
			out = append(out, " SMTPUTF8"...)
		}
	case k < t.data():
		out = append(append(append(out, "RCPT TO:<"...), t.m.To[k-rcpt]...), '>')
	default:
		out = append(out, "DATA"...)
	}
	return append(out, "\r\n"...)
}

// wantsUTF8 reports whether the transaction needs SMTPUTF8. The server has it if so.
func (t *transaction) wantsUTF8() bool {
	if !t.l.utf8 {
		return false
	}
	if !ascii(t.m.From) {
		return true
	}
	for i, to := range t.m.To {
		if t.answers[i].Stage != StageLocal && !ascii(to) {
			return true
		}
	}
	return false
}

// size returns how many bytes a command has, at most.
func (t *transaction) size(k int) int {
	switch {
	case k == mail:
		return len(t.m.From) + 100
	case k >= rcpt && k < t.data():
		return len(t.m.To[k-rcpt]) + len("RCPT TO:<>\r\n")
	default:
		return len("RSET\r\n")
	}
}

// stageOf returns the stage of a command, and how long the server may take to answer it.
func (t *transaction) stageOf(k int) (Stage, time.Duration) {
	switch {
	case k <= mail:
		return StageMail, t.times.Mail
	case k < t.data():
		return StageRcpt, t.times.Rcpt
	default:
		return StageData, t.times.Data
	}
}

// envelope sends the commands up to DATA, and reads their answers: one by one, or as many at
// once as the window has room for if the server offers PIPELINING.
func (t *transaction) envelope() error {
	next, end := mail, t.data()+1
	t.begun, t.l.begun = t.l.begun != nil, nil
	switch {
	case t.begun:
	case t.l.r.Buffered() > 0:
		// Nothing was asked. It would count as the answer to another command.
		return errEarly
	case t.l.unfinished:
		next = rset
	}
	// Commands from answered to next wait for their answers.
	answered, unanswered := next, 0
	if t.begun {
		next, unanswered = end, t.total()
	}
	for {
		out := t.buf[:0]
		for next < end && t.sends(next, answered == next) {
			size := t.size(next)
			if unanswered > 0 && (!t.l.pipelining || unanswered+size > window) {
				break
			}
			out = t.append(out, next)
			unanswered += size
			next = t.after(next)
		}
		t.buf = out
		if answered == next {
			return nil
		}
		t.stage, _ = t.stageOf(answered)
		w, err := t.start(out, unanswered)
		if err != nil {
			return err
		}
		for answered < next {
			stage, patience := t.stageOf(answered)
			t.stage = stage
			err := t.l.reply(patience)
			if err == nil {
				err = t.take(answered)
			}
			if err != nil {
				t.l.cut()
				if failed := w.wait(); errors.Is(err, net.ErrClosed) {
					err = cmp.Or(failed, err)
				}
				return err
			}
			unanswered -= t.size(answered)
			answered = t.after(answered)
			// Waiting for room for half a window keeps the number of writes small.
			if unanswered <= window/2 && w.ended() && next < end && t.sends(next, answered == next) {
				break
			}
		}
		if err := w.wait(); err != nil {
			return err
		}
	}
}

// sends reports whether the command with a number is to be sent. With known, all before it
// were answered.
func (t *transaction) sends(k int, known bool) bool {
	if t.heard && !t.ok {
		return false
	}
	return k < t.data() || !known || t.taken > 0
}

// take takes the answer to a command.
func (t *transaction) take(k int) error {
	code := t.l.code
	good, refused := code/10 == 25, code >= 400
	t.l.obliging = t.l.obliging || t.begun
	switch {
	case code == 421:
		return t.said(RefusedNow)
	case k == rset:
		if !good {
			return t.nonsense()
		}
	case k == mail:
		if code == 452 && t.l.used {
			// Some servers count the mails of a connection, and say it this way.
			return t.said(RefusedNow)
		}
		t.heard, t.ok = good || refused, good
		switch {
		case code == 530:
			// This is about us, not about the mail.
			return t.said(AuthFailed)
		case refused:
			settle(t.answers, t.l.answer(StageMail))
		case !good:
			return t.nonsense()
		}
	case k < t.data():
		return t.takeRcpt(k - rcpt)
	case code == 354:
		t.goes = true
	case refused:
		settle(t.answers, t.l.answer(StageData))
	default:
		return t.nonsense()
	}
	return nil
}

// takeRcpt takes the answer to RCPT.
func (t *transaction) takeRcpt(i int) error {
	code := t.l.code
	switch {
	case code/10 == 25 && !t.ok:
		t.strays++
	case code/10 == 25:
		t.taken++
		t.answers[i] = Answer{Code: code, Stage: StageRcpt}
	case code < 400:
		return t.nonsense()
	case t.ok:
		a := t.l.answer(StageRcpt)
		if t.taken > 0 && tooMany(a) {
			a.Stage = StageNext
		}
		t.answers[i] = a
	}
	return nil
}

// tooMany reports whether an answer to RCPT can mean that the transaction is full. 452 is
// also for a full mailbox, which its enhanced code says.
func tooMany(a Answer) bool {
	if a.Enhanced != "" {
		return a.Enhanced[1:] == ".5.3"
	}
	return a.Code == 452 || a.Code == 552
}

// said is the error for an answer that ends the connection.
func (t *transaction) said(kind Kind) error {
	return &Error{Kind: kind, Server: t.server.String(), Answer: t.l.answer(StageNone)}
}

// nonsense is the error for an answer that does not belong to the command.
func (t *transaction) nonsense() error {
	return notReply{t.l.answer(StageNone).String()}
}

// lost settles what is not known when the connection ends early.
func (t *transaction) lost(err error) error {
	if t.l.used && !t.heard && t.ctx.Err() == nil {
		t.patient = t.patient || t.begun && !t.l.obliging
		return errAgain
	}
	var failed *Error
	if !errors.As(err, &failed) {
		failed = t.fail(t.ctx, Lost, err)
	}
	settle(t.answers, lostAnswer(t.stage, failed))
	return failed
}

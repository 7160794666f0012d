package client

import (
	"context"
	"errors"
	"io"
)

// Mail is one transaction.
type Mail struct {
	// From is the envelope sender, empty for the null sender.
	From string
	// To are the recipients. An address that is in it twice is sent twice.
	To []string
	// Size is the text's size in bytes, 0 if it is not known.
	Size int64
	// EightBit means that the text has bytes above 127. SMTPUTF8 is only asked for if an
	// address has some.
	EightBit bool
	// Write writes the text, with CRLF at the end of each line. Leading dots are not
	// doubled. It is called at most once, and not at all if nobody can be sent to.
	Write func(io.Writer) error
	// Next, unless nil, is the mail that will probably be sent next over the same Session. The
	// server may get its commands at once, but not its text. If another mail is sent next, or
	// none, that costs the connection and nothing else.
	Next *Mail
}

// Session is a connection to a server, over which one mail after the other goes. It makes a
// new connection when the one it has is lost. Only one goroutine may use it.
type Session struct {
	server *Server
	times  Timeouts
	// link is the connection while it is at rest: no mail is under way. It is nil in a
	// transaction, so that none that ended halfway is ever used again.
	link *link
	// buf is for what is written.
	buf []byte
	// patient means that no commands go to the server early, because it has not answered some.
	patient bool
}

// errAgain means that a connection that was used before cannot take another mail, and that
// nothing of this mail was answered. A new connection can tell what is to become of it.
var errAgain = errors.New("a new connection is needed")

// Send sends a mail and returns what became of each recipient, in the order of m.To, also
// with an error. The error is an [*Error] about the connection, which is closed then.
//
// A recipient is reported as taken only if the server said so in its answer to the whole
// text. If a connection is lost between the final dot and that answer, nobody can know; the
// recipient is temporary, of StageUnknown.
func (s *Session) Send(ctx context.Context, m Mail) ([]Answer, error) {
	answers := make([]Answer, len(m.To))
	if !checkAddresses(m, answers) {
		return answers, nil
	}
	if s.link != nil && s.link.begun != nil && !s.link.begun.begins(&m) {
		s.link.cut()
		s.link = nil
	}
	for {
		if s.link == nil {
			if err := s.connect(ctx); err != nil {
				var failed *Error
				errors.As(err, &failed)
				settle(answers, lostAnswer(StageNone, failed))
				return answers, err
			}
		}
		l := s.link
		if !checkFeatures(m, l.features, answers) {
			return answers, nil
		}
		err := s.transact(ctx, l, m, answers)
		if !errors.Is(err, errAgain) {
			return answers, err
		}
	}
}

// Close says goodbye, and closes the connection.
func (s *Session) Close() error {
	l := s.link
	s.link = nil
	if l == nil {
		return nil
	}
	return l.quit(s.times)
}

// quit ends the connection, politely unless a mail was begun.
func (l *link) quit(times Timeouts) error {
	if l.begun != nil {
		return l.conn.Close()
	}
	l.block = times.Quit
	err := l.write([]byte("QUIT\r\n"))
	if err == nil {
		err = l.reply(times.Quit)
	}
	return errors.Join(err, l.conn.Close())
}

// checkAddresses refuses what must not be in a command, and reports whether a recipient is
// left.
func checkAddresses(m Mail, answers []Answer) bool {
	if why := badAddress(m.From); why != "" {
		settle(answers, Answer{Code: 553, Enhanced: "5.1.7", Text: "sender: " + why, Stage: StageLocal})
		return false
	}
	left := false
	for i, to := range m.To {
		why := badAddress(to)
		if to == "" {
			why = "the address is empty"
		}
		if why != "" {
			answers[i] = Answer{Code: 553, Enhanced: "5.1.3", Text: why, Stage: StageLocal}
		} else {
			left = true
		}
	}
	return left
}

// checkFeatures refuses what the server is not made for, and reports whether a recipient is
// left. The server would refuse it, too, or change the mail, or pass on what others cannot
// read.
func checkFeatures(m Mail, f features, answers []Answer) bool {
	switch {
	case f.maxSize > 0 && m.Size > f.maxSize:
		settle(answers, Answer{Code: 552, Enhanced: "5.3.4", Text: "the mail is larger than the server takes", Stage: StageLocal})
		return false
	case m.EightBit && !f.eightBit:
		settle(answers, Answer{Code: 554, Enhanced: "5.6.3", Text: "the mail has 8-bit text, and the server does not offer 8BITMIME", Stage: StageLocal})
		return false
	case f.utf8:
		return true
	case !ascii(m.From):
		settle(answers, Answer{Code: 550, Enhanced: "5.6.7", Text: "the mail needs SMTPUTF8, which the server does not offer", Stage: StageLocal})
		return false
	}
	left := false
	for i, to := range m.To {
		switch {
		case answers[i].Stage == StageLocal:
		case ascii(to):
			left = true
		default:
			answers[i] = Answer{Code: 553, Enhanced: "5.6.7", Text: "the address needs SMTPUTF8, which the server does not offer", Stage: StageLocal}
		}
	}
	return left
}

// settle gives an answer to all recipients that have none yet.
func settle(answers []Answer, a Answer) {
	for i := range answers {
		if answers[i].undecided() {
			answers[i] = a
		}
	}
}

// lostAnswer is the answer for those whose fate an error of the connection leaves open.
func lostAnswer(stage Stage, err *Error) Answer {
	if err.Answer.Code/100 == 4 {
		a := err.Answer
		a.Stage = stage
		return a
	}
	text := err.Answer.String()
	if err.Err != nil {
		text = printable(err.Err.Error())
	}
	return Answer{Text: text, Stage: stage}
}

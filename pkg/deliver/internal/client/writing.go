package client

import "time"

// roomy is how many bytes have room in the buffers on the way even if the server does not
// read.
const roomy = 1 << 10

// writing is a write that may still be going on.
type writing struct {
	// done gets the write's error. It is nil if nothing is going on.
	done chan error
}

// start writes commands. If the commands that wait for their answers could fill the buffers
// on the way, it does so while we read: the server may not read on before we have read its
// answers.
func (t *transaction) start(out []byte, unanswered int) (*writing, error) {
	w := &writing{}
	if len(out) == 0 {
		return w, nil // all was sent early
	}
	if unanswered <= roomy {
		return w, t.l.write(out)
	}
	// The time for the answers that we read meanwhile bounds it. Cutting the connection ends it.
	if err := t.l.conn.SetWriteDeadline(time.Time{}); err != nil {
		return w, err
	}
	w.done = make(chan error, 1)
	go func() {
		_, err := t.l.conn.Write(out)
		if err != nil {
			t.l.cut() // no answer will come
		}
		w.done <- err
	}()
	return w, nil
}

// ended reports whether wait would return at once.
func (w *writing) ended() bool { return w.done == nil || len(w.done) > 0 }

// wait waits for the end of the write, and returns its error.
func (w *writing) wait() error {
	if w.done == nil {
		return nil
	}
	return <-w.done
}

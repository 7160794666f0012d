package notice

import (
	"bytes"
	"errors"
	"io"
	"mime/quotedprintable"
)

// maxOriginal is how much of the header of the message is in a notice, in bytes.
const maxOriginal = 50 << 10

// original is the header of the message: whole lines, the last one with its line end.
type original []byte

var errEnough = errors.New("enough")

func (r *Report) original() (original, error) {
	var head limited
	if r.Header != nil {
		if err := r.Header(&head); err != nil && !errors.Is(err, errEnough) {
			return nil, err
		}
	}
	text := head.text
	if len(text) > maxOriginal {
		text = text[:bytes.LastIndexByte(text[:maxOriginal], '\n')+1]
	}
	text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte{'\n'}), []byte{'\r'}, []byte{'\n'})
	for bytes.HasPrefix(text, []byte("From ")) {
		// The envelope line that a mail server put before the message is not a field.
		_, text, _ = bytes.Cut(text, []byte{'\n'})
	}
	return original(text), nil
}

func (o original) write(w io.Writer) error {
	out := quotedprintable.NewWriter(w)
	if _, err := out.Write(o); err != nil {
		return err
	}
	return out.Close()
}

// limited keeps the beginning of what is written, and then fails.
type limited struct{ text []byte }

func (l *limited) Write(p []byte) (int, error) {
	l.text = append(l.text, p[:min(len(p), maxOriginal+1-len(l.text))]...)
	if len(l.text) > maxOriginal {
		return 0, errEnough
	}
	return len(p), nil
}

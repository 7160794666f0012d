package queue

import (
	"io"

	"switchboard/pkg/message"
	"switchboard/pkg/queue/internal/disk"
)

// entryWriter writes one temporary file.
type entryWriter struct {
	batch   *Batch
	pending *pending
	off     int64
}

func (w *entryWriter) Write(p []byte) (int, error) {
	n, err := w.pending.file.WriteAt(p, w.off)
	w.off += int64(n)
	return n, err
}

// write makes the file of m, both pickles, and names the entry.
func (w *entryWriter) write(m Message, items []message.Item) error {
	d := w.batch.dir.opt.Format
	metadata, err := d.AppendMetadata(nil, items)
	if err != nil {
		return &InputError{err}
	}
	if m.From != nil && m.From.Content.FitsAs(d) {
		return w.copyPickle(m.From, metadata)
	}
	text := m.Text
	if m.From != nil {
		reader, writer := io.Pipe()
		go func() { writer.CloseWithError(m.From.Content.WriteMessage(writer)) }()
		defer reader.Close()
		text = reader
	}
	head := w.batch.text[:0]
	prefix, err := d.TextPrefix(0)
	if err != nil {
		return err
	}
	if head, err = readWhole(text, head); err != nil {
		return &InputError{err}
	}
	w.batch.text = head[:cap(head)]
	if len(head) == 0 {
		return ErrEmpty
	}
	if len(head) > whole {
		return w.stream(text, head, prefix, metadata)
	}
	buf := append(w.batch.buffer[:0], prefix...)
	buf = d.AppendText(buf, head)
	if prefix, err = d.TextPrefix(int64(len(buf) - len(prefix))); err != nil {
		return err
	}
	copy(buf, prefix)
	buf = append(buf, d.TextSuffix()...)
	w.pending.mark.Write(buf)
	w.pending.id = w.pending.mark.id()
	if err := w.create(w.pending.id); err != nil {
		return err
	}
	buf = append(buf, metadata...)
	w.batch.buffer = buf
	_, err = w.Write(buf)
	return err
}

// create makes the temporary file under the entry's own name.
func (w *entryWriter) create(id ID) (err error) {
	w.pending.tmp = id.Name(Temporary)
	if w.pending.file, err = w.batch.dir.dir.Create(w.pending.tmp); err == disk.ErrExist {
		return w.createUnnamed()
	}
	return err
}

func (w *entryWriter) createUnnamed() (err error) {
	w.pending.file, w.pending.tmp, err = w.batch.dir.createTemporary(w.pending.mark.at)
	return err
}

// stream writes a long message as it comes, head being what was read of it,
// and corrects the length in front of it afterwards.
func (w *entryWriter) stream(text io.Reader, head, prefix, metadata []byte) error {
	if err := w.createUnnamed(); err != nil {
		return err
	}
	d := w.batch.dir.opt.Format
	if _, err := w.Write(prefix); err != nil {
		return err
	}
	for chunk := head; ; {
		w.batch.buffer = d.AppendText(w.batch.buffer[:0], chunk)
		if _, err := w.Write(w.batch.buffer); err != nil {
			return err
		}
		n, err := text.Read(head[:cap(head)])
		chunk = head[:n]
		if n == 0 && err == io.EOF {
			break
		}
		if err != nil && err != io.EOF {
			return &InputError{err}
		}
	}
	prefix, err := d.TextPrefix(w.off - int64(len(prefix)))
	if err != nil {
		return err
	}
	if _, err := w.pending.file.WriteAt(prefix, 0); err != nil {
		return err
	}
	if _, err := w.Write(d.TextSuffix()); err != nil {
		return err
	}
	return w.finishStream(metadata)
}

// copyPickle hands on the message of another entry as it is.
func (w *entryWriter) copyPickle(from *Entry, metadata []byte) error {
	if err := w.createUnnamed(); err != nil {
		return err
	}
	w.off = from.Content.MsgEnd
	if err := copyTo(w.pending.file, from.file, w.off); err != nil {
		return err
	}
	return w.finishStream(metadata)
}

func (w *entryWriter) finishStream(metadata []byte) error {
	written := io.NewSectionReader(w.pending.file, 0, w.off)
	if _, err := io.CopyBuffer(onlyWriter{&w.pending.mark}, onlyReader{written}, w.batch.text); err != nil {
		return err
	}
	w.pending.id = w.pending.mark.id()
	_, err := w.Write(metadata)
	return err
}

// readWhole reads until the end or until more than whole bytes are there.
func readWhole(r io.Reader, buf []byte) ([]byte, error) {
	for len(buf) <= whole {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
	}
	return buf, nil
}

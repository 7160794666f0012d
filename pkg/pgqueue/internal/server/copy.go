package server

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// Copy adds rows to a table. sql is a COPY … FROM STDIN (FORMAT binary) statement. A column is
// an int32, an int64, or for a bytea an [*io.SectionReader], which is read as it is sent: a
// value of a statement is in memory several times. All rows must be sent within the timeout.
func (tx *Tx) Copy(sql string, rows ...[]any) error {
	if tx.err == nil && tx.opening != nil {
		tx.Do(Statement{SQL: "select"})
	}
	if tx.err != nil {
		return tx.err
	}
	text, err := binaryRows(rows)
	if err != nil {
		tx.err = own{err}
		return err
	}
	ctx, cancel := tx.limited()
	defer cancel()
	_, err = tx.conn.pg.CopyFrom(ctx, text, sql)
	if text.failed != nil && !tx.conn.pg.IsClosed() {
		// The server's error only says that the client gave up.
		tx.err = own{text.failed}
		return text.failed
	}
	tx.err = classify(err)
	return tx.err
}

// source is a reader that remembers its error: pgx sends it to the server and returns that of
// the server.
type source struct {
	io.Reader
	failed error
}

func (s *source) Read(p []byte) (n int, err error) {
	n, err = s.Reader.Read(p)
	if err != nil && err != io.EOF {
		s.failed = err
	}
	return n, err
}

// binaryRows returns rows in the binary format of COPY.
func binaryRows(rows [][]any) (*source, error) {
	// No flags, and no extension of the header.
	head := append([]byte("PGCOPY\n\xff\r\n\x00"), make([]byte, 8)...)
	var parts []io.Reader
	for _, row := range rows {
		head = binary.BigEndian.AppendUint16(head, uint16(len(row)))
		for _, column := range row {
			switch v := column.(type) {
			case int32:
				head = binary.BigEndian.AppendUint32(head, 4)
				head = binary.BigEndian.AppendUint32(head, uint32(v))
			case int64:
				head = binary.BigEndian.AppendUint32(head, 8)
				head = binary.BigEndian.AppendUint64(head, uint64(v))
			case *io.SectionReader:
				head = binary.BigEndian.AppendUint32(head, uint32(v.Size()))
				parts = append(parts, bytes.NewReader(head), &exactly{v, v.Size()})
				head = nil
			default:
				return nil, fmt.Errorf("a column of COPY is %T", column)
			}
		}
	}
	head = binary.BigEndian.AppendUint16(head, 0xffff) // the end
	return &source{Reader: io.MultiReader(append(parts, bytes.NewReader(head))...)}, nil
}

// exactly reads the bytes of a value, and fails if there are fewer: the server would take what
// comes after them for the rest.
type exactly struct {
	r    io.Reader
	left int64
}

func (e *exactly) Read(p []byte) (n int, err error) {
	n, err = e.r.Read(p)
	if e.left -= int64(n); err == io.EOF && e.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

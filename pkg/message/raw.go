package message

import (
	"io"

	"switchboard/pkg/pickle"
)

// Disassemble writes the opcodes of the two pickles of a queue file, one per line,
// as far as they can be read. Its errors are those of [Read] and of w.
func Disassemble(w io.Writer, r io.ReaderAt, size int64) error {
	end := int64(0)
	for _, what := range []string{"message", "metadata"} {
		var err error
		if end, err = pickle.Disassemble(w, r, size, end); err != nil {
			return contentError(what, err)
		}
	}
	return nil
}

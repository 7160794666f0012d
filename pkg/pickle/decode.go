package pickle

import (
	"fmt"
	"io"
	"sync"
)

// Document is one pickle of a file, and what a caller needs to change it in place.
type Document struct {
	Value Value
	// Start and End are the offsets of its first byte and of the byte after its
	// STOP. Python ignores what follows.
	Start, End int64
	// Protocol is the lowest protocol that has all the opcodes in it, 0 to 5:
	// Python 2 reads up to 2.
	Protocol int
	// LastSet is the offset of a number that can be changed by one write of one
	// byte, or -1. It is the argument of BININT1 in a pickle of a dictionary that
	// ends in the opcodes SHORT_BINSTRING key, BININT1 n, SETITEM, STOP. LastKey is
	// that key.
	LastSet int64
	LastKey string
	// Unchecked are the Unicode strings that are too long to be checked now: they may
	// not be UTF-8. Reading one checks it.
	Unchecked []*String
}

// Decode reads the pickle that starts at offset start of r, which is size bytes
// long. Bytes after the pickle are ignored, as in Python: Document.End says where
// they begin.
//
// An error about the content is [ErrMalformed] and names the offset and the opcode.
// Errors of r are returned as they are.
func Decode(r io.ReaderAt, size, start int64) (*Document, error) {
	return NewReader(r, size, start).Next()
}

// Reader reads the pickles of a file, one after the other. A file of up to 64 KiB
// takes one ReadAt for all of them.
type Reader struct {
	src source
	// slab has the values.
	slab *slab
	// packFrom is the length of the shortest pickle that is packed, 0 if none is.
	packFrom int64
	// docs are the pickles of an entry, and read is how many of them were read.
	docs [2]Document
	read int
}

// NewReader returns a Reader of the pickles from offset start of r, which is size
// bytes long. It reads nothing yet.
func NewReader(r io.ReaderAt, size, start int64) *Reader {
	reader := readers.Get().(*Reader)
	*reader = Reader{src: newSource(r, size, start)}
	return reader
}

// Pack makes Next and Continue read texts that follow one another in a container as
// [Texts], and lists of such lists as [Groups], if the pickle is long. See [Unpack].
func (r *Reader) Pack() { r.packFrom = packLeast }

// Next reads the next pickle, as [Decode] does. It must not be called again after
// an error.
func (r *Reader) Next() (*Document, error) {
	if r.slab == nil {
		r.slab = slabs.Get().(*slab)
	}
	var doc *Document
	if r.read < len(r.docs) {
		doc = &r.docs[r.read]
	} else {
		doc = new(Document)
	}
	r.read++
	start := r.src.at
	missed, err := r.decode(doc, true)
	if missed {
		r.src.at = start
		_, err = r.decode(doc, false)
	}
	r.src.release()
	if err != nil {
		return nil, err
	}
	return doc, nil
}

// decode decodes the next pickle. missed means that Groups are in its way.
func (r *Reader) decode(doc *Document, groups bool) (missed bool, err error) {
	d := decoders.Get().(*decoder)
	d.begin(&r.src, r.slab)
	d.beginPacking(r.packFrom, groups)
	err = d.decode(doc)
	missed = d.pack != nil && d.pack.missed
	d.end()
	return missed, err
}

// Continue reads what was appended to a pickle that Next has read and whose value is dict:
// the opcodes from offset at, which was its STOP, to a new STOP before size, the length of
// the file now. They change dict. They cannot refer to what the pickle stored in its memo.
// After an error the dictionary must not be used.
func (r *Reader) Continue(dict *Dict, at, size int64) (*Document, error) {
	src := newSource(r.src.r, size, at)
	src.whole = false // the strings must not keep a window for each change
	d := decoders.Get().(*decoder)
	// In r.slab, a list that is replaced would stay as long as r.
	d.begin(&src, new(slab))
	d.beginPacking(r.packFrom, false)
	d.stack = append(d.stack, dict)
	doc := new(Document)
	err := d.decode(doc)
	d.end()
	src.release()
	if err == nil && doc.Value != Value(dict) {
		err = fmt.Errorf("%w: offset %d: another dictionary", ErrMalformed, at)
	}
	if err != nil {
		return nil, err
	}
	return doc, nil
}

// Release lets the next Reader use the memory of r, of the values and of a small file.
// None of them must be used afterwards. Calling Release is optional: without it, the
// garbage collector frees the memory.
func (r *Reader) Release() {
	r.src.giveUp()
	if r.slab != nil {
		r.slab.release()
	}
	*r = Reader{}
	readers.Put(r)
}

var readers = sync.Pool{New: func() any { return new(Reader) }}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

// decoder is Python's pickle machine without the part that acts.
type decoder struct {
	src   *source
	stack []Value
	// marks are the heights of the stack at each MARK.
	marks []int
	memo  memo
	slab  *slab
	arg   argument
	// spent is how much of budget the values took, in bytes of memory.
	spent, budget int64
	proto         uint8
	// codes are the last four opcodes, one byte each.
	codes uint32
	// lastKey is the content of the last SHORT_BINSTRING.
	lastKey []byte
	// recheck says that a container was changed after it was put into another,
	// so that the depths counted so far may be too small.
	recheck bool
	indexes map[Value]*keyIndex
	weights map[*Tuple]int
	scratch []byte
	// unchecked is Document.Unchecked.
	unchecked []*String
	// pack is nil if no Texts are made.
	pack *packer
}

func (d *decoder) begin(s *source, memory *slab) {
	d.src, d.slab = s, memory
	d.budget = budgetBase + min(budgetPerByte*min(max(s.left(), 0), budgetMost), budgetMost)
}

// beginPacking makes d read texts as Texts, and their lists as Groups. In a short file, strings
// take no memory anyway.
func (d *decoder) beginPacking(from int64, groups bool) {
	if from > 0 && !d.src.whole && d.src.left() >= from {
		d.pack = &packer{store: &textStore{}, grouper: grouper{off: !groups}}
	}
}

// end makes d ready for the next pickle. It empties and keeps small arrays.
func (d *decoder) end() {
	const keep = 512
	old := *d
	*d = decoder{scratch: old.scratch}
	if cap(old.stack) <= keep {
		clear(old.stack[:cap(old.stack)])
		d.stack = old.stack[:0]
	}
	if cap(old.marks) <= keep {
		d.marks = old.marks[:0]
	}
	if cap(old.memo.dense) <= keep {
		clear(old.memo.dense[:cap(old.memo.dense)])
		d.memo.dense = old.memo.dense[:0]
	}
	decoders.Put(d)
}

func (d *decoder) decode(doc *Document) error {
	*doc = Document{Start: d.src.at, LastSet: -1}
	for {
		at := d.src.at
		code, err := d.src.nextByte()
		if err != nil {
			return locate(err, at, "")
		}
		op := &opcodes[code]
		if op.name == "" {
			return locate(causef("unknown opcode 0x%02x", code), at, "")
		}
		if op.proto > d.proto {
			d.proto = op.proto
		}
		d.codes = d.codes<<8 | uint32(code)
		if code == opStop {
			if err := d.stop(doc); err != nil {
				return locate(err, at, op.name)
			}
			return nil
		}
		if op.arg != noArg {
			err = d.src.argument(op.arg, &d.arg)
		}
		if err == nil {
			err = op.run(d, &d.arg)
		}
		if d.pack != nil {
			d.pack.after(code)
			d.afterLists(code)
		}
		if err == nil && d.spent > d.budget {
			err = cause("too many values for the file's size")
		}
		if err != nil {
			return locate(err, at, op.name)
		}
	}
}

// restoreTail has the opcodes that Document.LastSet requires.
const restoreTail = opShortBinString<<24 | opBinInt1<<16 | opSetItem<<8 | opStop

func (d *decoder) stop(doc *Document) error {
	v, err := d.pop()
	if err != nil {
		return err
	}
	if d.recheck {
		if err := checkDepth(v); err != nil {
			return err
		}
	}
	doc.Value, doc.End, doc.Protocol, doc.Unchecked = v, d.src.at, int(d.proto), d.unchecked
	if _, ok := v.(*Dict); ok && d.codes == restoreTail {
		// Opcodes have no gaps between them: n, SETITEM, STOP.
		doc.LastSet, doc.LastKey = doc.End-3, string(d.lastKey)
	}
	return nil
}

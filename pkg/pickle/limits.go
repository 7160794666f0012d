package pickle

import (
	"errors"
	"fmt"
)

// ErrMalformed is what [errors.Is] finds in every error about the content of a
// pickle, limits included.
var ErrMalformed = errors.New("malformed pickle")

const (
	// heldLimit is the longest string, in bytes as stored, that is read into memory
	// from a file too large for one window. Longer ones stay in the file.
	heldLimit = 4 << 10
	// checkLimit is the longest Unicode string, in bytes as stored, that is checked when
	// the pickle is read.
	checkLimit = 64 << 10
	// lineLimit is the longest text argument, except for STRING and UNICODE.
	lineLimit = 5000
	// digitLimit is Python 3.11's: the time to convert a number grows with the
	// square of its digits.
	digitLimit = 4300
	// longLimit is digitLimit in bytes of a binary long.
	longLimit = 1786
	// depthLimit is how deep containers may be nested in one another.
	depthLimit = 10000
	// keyWeightLimit is how many values the hash of a dictionary's key, a
	// tuple of tuples, may take: shared tuples make that grow exponentially.
	keyWeightLimit = 10000
	// memoBase is how much larger than the file's size a memo number may be.
	memoBase = 1 << 16
	// The values of a file may take budgetBase plus budgetPerByte for each byte of
	// the file, but at most budgetMost of memory. A million recipients take half of
	// that.
	budgetBase    = 1 << 20
	budgetPerByte = 24
	budgetMost    = 128 << 20
)

// Estimates of what a value costs, in bytes.
const (
	costSlot      = 16
	costString    = 48
	costNumber    = 24
	costContainer = 40
	costObject    = 160
	costPair      = 64
	costSparse    = 64
)

// cause is an error about the pickle, as opposed to one of the reader.
type cause string

func (c cause) Error() string { return string(c) }

const (
	errTruncated = cause("cut off")
	errTooLong   = cause("longer than the file")
)

func causef(format string, args ...any) error { return cause(fmt.Sprintf(format, args...)) }

// locate adds the offset in the file and the opcode to a cause; other errors
// are the reader's and stay as they are.
func locate(err error, offset int64, name string) error {
	if _, ok := errors.AsType[cause](err); !ok {
		return err
	}
	if name != "" {
		name += ": "
	}
	return fmt.Errorf("%w: offset %d: %s%w", ErrMalformed, offset, name, err)
}

package message

import (
	"errors"
	"fmt"

	"switchboard/pkg/pickle"
)

// ErrMalformed is what [errors.Is] finds in every error about the content of a
// file.
var ErrMalformed = errors.New("malformed")

// ErrNoMetadata is the error for a file that holds a message alone, which
// [ReadMessage] reads. It is also [ErrMalformed].
var ErrNoMetadata error = noMetadata{}

type noMetadata struct{}

func (noMetadata) Error() string        { return "no metadata: the file holds a message alone" }
func (noMetadata) Is(target error) bool { return target == ErrMalformed }

// malformed returns an error about the content.
func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

// contentError turns an error of pickle about the content into one of this package.
// Errors of the file's reader and of a writer stay as they are.
func contentError(what string, err error) error {
	if errors.Is(err, pickle.ErrMalformed) {
		return &pickleError{what, err}
	}
	return err
}

type pickleError struct {
	what string
	err  error
}

func (e *pickleError) Error() string        { return e.what + ": " + e.err.Error() }
func (e *pickleError) Unwrap() error        { return e.err }
func (e *pickleError) Is(target error) bool { return target == ErrMalformed }

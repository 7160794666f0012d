package message

import (
	"io"

	"switchboard/pkg/pickle"
)

// asciiOnly reports whether a string of any length is ASCII. It reads the string.
func asciiOnly(s *pickle.String) (bool, error) { return all(s, pickle.IsASCII) }

// onlyEscapes reports whether a unicode string has no characters except ASCII and
// escapes. It reads the string.
func onlyEscapes(s *pickle.String) (bool, error) { return all(s, isEscaped) }

// all reports whether ok accepts all of a string. ok gets blocks of whole characters.
func all(s *pickle.String, ok func([]byte) bool) (bool, error) {
	blocks := s.Blocks()
	defer blocks.Close()
	for {
		b, err := blocks.Next()
		switch {
		case err == io.EOF:
			return true, nil
		case err != nil:
			return false, contentError("text", err)
		case !ok(b):
			return false, nil
		}
	}
}

package message

import "switchboard/pkg/pickle"

// asciiOnly reports whether a string of any length is ASCII. It reads the string.
func asciiOnly(s *pickle.String) (bool, error) { return all(s, pickle.IsASCII) }

// onlyEscapes reports whether a unicode string has no characters except ASCII and
// escapes. It reads the string.
func onlyEscapes(s *pickle.String) (bool, error) { return all(s, isEscaped) }

// all reports whether ok accepts all of a string. ok gets blocks of whole characters.
func all(s *pickle.String, ok func([]byte) bool) (bool, error) {
	for b, err := range s.All() {
		if err != nil {
			return false, contentError("text", err)
		}
		if !ok(b) {
			return false, nil
		}
	}
	return true, nil
}

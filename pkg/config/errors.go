package config

import (
	"errors"
	"fmt"

	"github.com/BurntSushi/toml"
)

// Err matches every error of this package. Test for it with [errors.Is].
var Err = errors.New("configuration error")

// configError is an error that matches Err.
type configError struct{ error }

func (e configError) Is(target error) bool { return target == Err }
func (e configError) Unwrap() error        { return e.error }

// fail returns an error about the file as a whole.
func fail(path string, err error) error { return configError{fmt.Errorf("%s: %w", path, err)} }

// syntaxError returns an error that names the line that the TOML reader names.
func syntaxError(path string, err error) error {
	parse, ok := errors.AsType[toml.ParseError](err)
	if !ok {
		return fail(path, err)
	}
	return configError{fmt.Errorf("%s:%d: %s", path, parse.Position.Line, parse.Message)}
}

// errHere stops the TOML reader at a value, to get its line.
var errHere = errors.New("here")

// here is a value that cannot be read.
type here struct{}

// UnmarshalTOML implements [toml.Unmarshaler].
func (*here) UnmarshalTOML(any) error { return errHere }

// lineOf returns the line of a key's value. The TOML reader knows it but tells it
// only in an error, so lineOf reads the text again and fails on purpose at the
// key. It returns 0 for a key that has no value of its own.
func lineOf(text string, key toml.Key) int {
	var level map[string]toml.Primitive
	meta, err := toml.Decode(text, &level)
	for i, name := range key {
		value, ok := level[name]
		if err != nil || !ok {
			return 0
		}
		if i == len(key)-1 {
			parse, _ := errors.AsType[toml.ParseError](meta.PrimitiveDecode(value, new(here)))
			return parse.Position.Line
		}
		level = nil
		err = meta.PrimitiveDecode(value, &level)
	}
	return 0
}

// Package jsonline writes JSON objects, one per line.
//
// [Object] is what you want first: it collects the members of one object. The
// Append functions write single names and values, for a caller that nests objects
// and lists itself. For a string of any length, [Check] tells whether it is UTF-8, and then
// [Escaper] or [Base64] streams it.
//
// # Guarantees
//
// No byte of the output can disturb a terminal or break a line: control characters
// and other characters that cannot be seen are written as \uNNNN. The characters
// <, > and & are written as they are.
//
// Text that is not UTF-8 becomes base64, in a member whose name ends in
// [Base64Suffix]. A time is RFC 3339 in UTC and whole seconds, next to a member
// whose name ends in [UnixSuffix] and which has the exact seconds since 1970.
package jsonline

const (
	// Base64Suffix is added to a member's name if its value is base64.
	Base64Suffix = "_base64"
	// UnixSuffix is added to the name of a time, for the member that has its
	// exact seconds.
	UnixSuffix = "_unix"
)

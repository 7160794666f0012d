// Package jsonline writes JSON objects, one per line.
//
// [Object] collects the members of one object; the Append functions write single
// values. [Text] streams a string of any length.
//
// No byte of the output can disturb a terminal or break a line: control characters
// and other characters that cannot be seen are written as \uNNNN. The characters
// <, > and & stand for themselves. Bytes that are not UTF-8 become base64, in a
// member whose name has _base64 added. A time is RFC 3339 in UTC, in whole seconds,
// beside a member whose name has _unix added and which has the exact seconds.
package jsonline

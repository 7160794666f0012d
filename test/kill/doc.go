// Package kill runs the built commands once for each system call that they make on a queue,
// and kills them at it, or fails the call. Whatever happens, no message is lost. It has only
// tests; test/README.md says what they need.
package kill

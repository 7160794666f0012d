// Package kill runs the built commands once for each system call that they
// make on a queue, and kills them there, or fails the call: whatever happens,
// no message is lost. It holds tests only; test/README.md says what they need.
package kill

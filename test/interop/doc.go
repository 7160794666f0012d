// Package interop drives the real Mailmans and the built commands on the same
// queues: what one wrote, claimed or counted, the other carries on with. It
// holds tests only; test/README.md says what they need.
package interop

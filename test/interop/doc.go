// Package interop runs the real Mailmans and the built commands on the same queues. Each
// side continues what the other wrote, claimed or counted. It has only tests;
// test/README.md says what they need.
package interop

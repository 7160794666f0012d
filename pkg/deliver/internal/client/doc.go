// Package client sends mail to one SMTP or LMTP server. [Server.Dial] makes a connection,
// and [Session.Send] sends one mail after the other over it.
//
// A recipient is reported as taken at most if the server said so in its answer to the whole
// text: a recipient that is not taken can be sent to again. That makes a second copy only if
// the connection was lost between the final dot and the answer, which StageUnknown says.
// Nothing that a server sends makes the client wait for longer than its timeouts and context
// allow, or keep more of an answer than a few kilobytes.
//
// It stands on [github.com/emersion/go-smtp], which reads the greeting, says EHLO or LHLO
// (or HELO, to an old server) and authenticates, with the mechanisms of go-sasl. It does so
// over a net.Conn of ours, which hands it one checked answer at a time, because its answers
// may have any number of lines, with different codes. The rest is ours, over the same
// connection, because go-smtp stands in the way:
//
//   - It has a buffer for reading that nobody else can read, and waits for the answer to each
//     command, so that PIPELINING cannot be put on top of it.
//   - It hides the connection that STARTTLS makes, for the same effect.
//   - It names LMTP's answers by recipient, and an address that is there twice has one answer.
//   - It sends BODY=8BITMIME for every mail if the server offers it, and silently sends 8-bit
//     text if not.
//   - It changes the line ends of the text (bare LF to CRLF) and passes a bare CR.
//   - It gives each command a new deadline, which undoes the end of a context.
//   - Its Reset says EHLO again.
package client

// Package client sends mail to one SMTP or LMTP server. [Server.Dial] makes a connection,
// and [Session.Send] sends one mail after the other over it.
//
// A recipient is reported as taken only if the server said so in its answer to the whole
// text. All others can be sent to again. That makes a second copy only if the connection was
// lost between the final dot and the answer, which StageUnknown says. No server can make the
// client wait for longer than its timeouts and context allow, or keep more of an answer than
// a few kilobytes.
//
// [github.com/emersion/go-smtp] reads the greeting, says EHLO or LHLO (or HELO, to an old
// server), and authenticates with the mechanisms of go-sasl. It does so over a net.Conn of
// ours that gives it one checked answer at a time, because go-smtp accepts answers with any
// number of lines and with different codes. STARTTLS, the mail transaction and QUIT are ours,
// over the same connection, because there go-smtp stands in the way:
//
//   - It waits for the answer to each command, and keeps what it has read in a buffer that
//     nobody else can read. PIPELINING cannot be put on top of it.
//   - It hides the connection that STARTTLS makes, so that the transaction could not use it.
//   - It returns LMTP's answers by recipient, so that an address that is there twice has one.
//   - It says BODY=8BITMIME for every mail if the server offers it, and nothing if not.
//   - It makes a CRLF of a bare LF in the text, and sends a bare CR as it is.
//   - It sets new deadlines with each command, which undoes the end of a context.
//   - It says EHLO again after a reset.
package client

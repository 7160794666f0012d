// Package deliver sends the entries of a queue to a mail server, as Mailman's outgoing runner
// does.
//
// [New] returns a [Deliverer], whose methods are options of [switchboard/pkg/runner.Run]: Handle
// sends one entry, and Feed brings back what was put off. [Look] only says what would be sent.
//
// An entry is sent in transactions of at most 500 recipients, or one by one with VERP. Each
// recipient has an answer of its own:
//
//	taken       the server has the message
//	put off     the server did not take it now: the entry goes to the retry queue
//	refused     the server never will: the entry goes to the shunt queue
//
// Those who were put off are refused in the end, when Mailman would give up. An entry that has
// both kinds becomes two. If the server cannot be reached, or does not want to talk to us, that
// is about no entry: it is requeued.
//
// # Guarantees
//
// No recipient is forgotten: as long as a recipient was not taken, one of the queues has an
// entry that names it. A recipient gets the message once, and at most once more for each time
// that the process is killed, or that the connection is lost between the end of the message and
// the server's answer. For this, what a transaction has settled is on the disk before the next
// one begins.
//
// What is in the retry queue is as Mailman's runner leaves it, so Mailman can go on with it, and
// the reverse.
//
// # Assumptions
//
// The server that answers 250 to a message keeps it. The disk keeps what was synced. Nobody
// changes the metadata of an entry while it is claimed.
package deliver

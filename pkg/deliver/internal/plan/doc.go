// Package plan works out who gets the message of an entry, and from whom, as the outgoing
// runners of Mailman 2.1 and Mailman 3 do.
//
// [New] is the function you want. It reads the metadata of an entry and returns a [Plan].
//
// # Differences from Mailman
//
// A recipient is an address, taken literally: "a;b@example.com" is one recipient, and so
// is "Anne <anne@example.com>", which is refused by the client. Python's smtplib would parse it.
//
// A recipient who is in the list twice, such as an owner who is also a moderator, gets the
// message once. Mailman 2.1 names the recipient twice, and sends two personal copies.
//
// With VERP, a recipient for whom no sender can be made gets the message from the plain
// sender. Mailman 2.1 drops a recipient without a domain, and neither Mailman can send an
// entry whose own sender has none.
//
// If recips is missing or empty, undelivered counts all the same, and the other Mailman's
// key counts if the entry has only that.
//
// A Plan does not know the settings of the list. A list of Mailman 2.1 that is personalized
// is known by the key personalize, which is there once Mailman has tried to send the
// message. VERP for every message is known by the key verp, which Mailman 3 adds while
// sending.
package plan

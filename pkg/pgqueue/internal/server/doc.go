// Package server speaks to PostgreSQL. It is the only package that does: it connects, runs
// transactions, and says of each whether it was committed.
//
// [Open] is the function you want first. [Server.Do] runs statements as one transaction in
// one round trip, [Server.Write] runs a transaction whose statements depend on each other,
// [Server.Look] and [Server.Read] do the same for statements that change nothing, and
// [Server.Listen] waits for notifications.
//
// # Guarantees
//
// Do and Write return nil only if the transaction was committed and, if it was to be
// durable, is on the disks that the durability asks for. An error that matches [ErrUnknown]
// means that the transaction may have been committed, or that it was committed but may not
// be durable. Every other error means that it was certainly not committed. The package never
// repeats a transaction whose outcome it does not know.
//
// No error has a password in it.
//
// # Assumptions
//
// Each connection is a connection to one server process: a pooler between must pool whole
// connections. The server is PostgreSQL 12 or later.
package server

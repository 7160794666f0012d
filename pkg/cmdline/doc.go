// Package cmdline is what the commands have in common: options and operands, the
// configuration, what is printed, what is said of errors, and exit statuses.
//
// A command's main is one call of Main with a Command, whose Run gets a Context. By
// that it opens queues (Context.Open), goes through operands (Context.Entries,
// Context.Operands), prints records (Context.Println, Context.JSON) and tells a
// person what went wrong (Context.Report, Context.Warn).
//
// # Guarantees
//
// Standard output carries data alone, and what could not be written to it is an
// error, whose status is not 0. The moves that operands asked for are durable when
// the command ends, and before it waits for more input. Of several failures each is
// reported, and the status is the worst one's.
package cmdline

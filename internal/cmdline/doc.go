// Package cmdline has what the commands have in common: options and operands, the
// configuration, output, error messages, and exit statuses.
//
// A command's main calls [Main] with a [Command], whose Run gets a [Context]. A test
// calls [Run] with a [Process] made of buffers. The Context opens queues and entries
// ([Queues.Open], [Queues.Entry]), goes through operands ([Context.Entries],
// [Context.Operands]), prints records ([Context.Println], [Context.JSON]) and tells a
// person what went wrong ([Context.Report], [Context.Warn]).
//
// Options are bound to the fields of a struct by urfave's Destination: a BoolFlag, a
// StringFlag, or a [ValueFlag] if the value must be parsed. [Shared] has the options that
// several commands have.
//
// # Guarantees
//
// Standard output carries only data. A failure to write it is an error, and the status
// is not 0. All moves of entries are durable when the command ends, and before it waits for
// more input. Every failure is reported, and the status is that of the worst failure.
package cmdline

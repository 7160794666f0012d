// Package site tells which Mailman is on this machine.
//
// Running is the function to call before an entry of a queue changes hands. It
// returns nil only if no running Mailman works on the queue, and an error that is
// ErrRunning if one does, or if that cannot be told.
//
// A master leaves two marks: its pid file and its lock. Their places are known,
// relative to the queue or below /run. A mark beside the queues counts by itself.
// One below /run may belong to another Mailman, so it does not count if the process
// works elsewhere, by its command line and configuration, its generation or its
// permissions. Configurations are read as data and never executed.
//
// Assumptions: the process table shows every process of this machine, and a mark that
// another machine or container wrote carries its host name (see judge.go).
package site

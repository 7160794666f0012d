// Package site finds out which Mailman is on this machine, and whether it is
// running.
//
// [Installations] finds the queues of every Mailman. [Logs] says where the Mailman of a
// queue writes its errors.
//
// [Running] is the function to call before an entry of a queue changes hands. It
// returns nil only if no running Mailman works on the queue. If one does, or if
// that is not known, the error is [ErrRunning].
//
// A master leaves two marks: its pid file and its lock. Their places are known,
// relative to the queue or below /run. A mark next to the queues always counts. A
// mark below /run may be from another Mailman: it does not count if the process
// works elsewhere, judged by its command line and configuration, its generation or
// its permissions. Configurations are read as data and never executed.
//
// # Assumptions
//
// The process table shows every process of this machine. A lock that another
// machine or container wrote carries the host name of that one.
package site

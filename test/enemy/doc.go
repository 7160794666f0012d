// Package enemy has root run every command on the queues of a user who is an enemy: a process
// of that user swaps directories, files, links and FIFOs in the tree of the queues, as fast as
// it can. Nothing outside of that tree may be opened, changed, made or given away, nothing may
// hang, and root's own mail elsewhere must not be lost. It has only tests; test/README.md says
// what they need.
package enemy

// Package guest has the built commands work in a virtual machine, on what this machine does not
// have or must not lose: queues on an NFS server with two clients, servers that restart,
// networks that break, a clock that is set, and little memory. It has only tests; test/README.md
// says what they need.
package guest

// Package deliver runs qdeliver against a mail server that answers as each test tells it to,
// and checks what the server took, and what the queues have afterwards.
package deliver

// Package pg tests the commands on pg: queues, with a private PostgreSQL: as a user runs them,
// with connections that are cut, with workers that are killed, and beside queues of files,
// which they must behave like. It has only tests; test/README.md says what they need.
package pg

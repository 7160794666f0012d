// Package limits runs the built commands where little is left to them: under limits of
// memory, processes, files and file sizes, over a quota, and in namespaces that have no /proc,
// no temporary directory and nothing that can be written to but the queues. No message may be
// lost or stored in part, and nothing may hang. It has only tests; test/README.md says what
// they need.
package limits

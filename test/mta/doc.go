// Package mta has qenqueue called as mail servers call it, and by real ones:
// Debian's Exim and Postfix, each unpacked over a copy of the machine's root and run
// in namespaces of its own.
package mta

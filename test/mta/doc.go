// Package mta calls qenqueue as mail servers do, and lets real mail servers call it:
// Debian's Exim and Postfix, each unpacked over a copy of the machine's root and run in
// namespaces of its own.
package mta

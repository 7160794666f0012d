// Qrestore makes entries ready again: those that a crash left in flight, and those
// that a person releases.
package main

import (
	"switchboard/pkg/cmdline"
	"switchboard/pkg/commands/qrestore"
)

func main() { cmdline.Main(qrestore.Command()) }

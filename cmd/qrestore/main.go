// Qrestore makes entries ready again: those that a crash left in flight, and those
// that a person releases.
package main

import (
	"switchboard/internal/cmdline"
	"switchboard/internal/commands/qrestore"
)

func main() { cmdline.Main(qrestore.Command()) }

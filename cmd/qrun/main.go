// Qrun runs a command over the entries of a queue.
package main

import (
	"switchboard/internal/cmdline"
	"switchboard/internal/commands/qrun"
)

func main() { cmdline.Main(qrun.Command()) }

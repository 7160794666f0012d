// Qrun runs a command over the entries of a queue.
package main

import (
	"switchboard/pkg/cmdline"
	"switchboard/pkg/commands/qrun"
)

func main() { cmdline.Main(qrun.Command()) }

// Qmove moves ready and preserved entries to another queue.
package main

import (
	"switchboard/internal/cmdline"
	"switchboard/internal/commands/qmove"
)

func main() { cmdline.Main(qmove.Command()) }

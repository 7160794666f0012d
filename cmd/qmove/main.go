// Qmove moves ready and preserved entries to another queue.
package main

import (
	"switchboard/pkg/cmdline"
	"switchboard/pkg/commands/qmove"
)

func main() { cmdline.Main(qmove.Command()) }

// Qdequeue claims entries of a queue.
package main

import (
	"switchboard/internal/cmdline"
	"switchboard/internal/commands/qdequeue"
)

func main() { cmdline.Main(qdequeue.Command()) }

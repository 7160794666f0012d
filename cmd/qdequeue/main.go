// Qdequeue claims entries of a queue.
package main

import (
	"switchboard/pkg/cmdline"
	"switchboard/pkg/commands/qdequeue"
)

func main() { cmdline.Main(qdequeue.Command()) }

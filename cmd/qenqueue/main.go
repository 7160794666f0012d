// Qenqueue stores messages in a queue.
package main

import (
	"switchboard/internal/cmdline"
	"switchboard/internal/commands/qenqueue"
)

func main() { cmdline.Main(qenqueue.Command()) }

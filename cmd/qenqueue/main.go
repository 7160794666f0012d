// Qenqueue stores messages in a queue.
package main

import (
	"switchboard/pkg/cmdline"
	"switchboard/pkg/commands/qenqueue"
)

func main() { cmdline.Main(qenqueue.Command()) }

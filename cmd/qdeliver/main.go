// Qdeliver sends what is in a queue of outgoing messages to a mail server.
package main

import (
	"switchboard/internal/cmdline"
	"switchboard/internal/commands/qdeliver"
)

func main() { cmdline.Main(qdeliver.Command()) }

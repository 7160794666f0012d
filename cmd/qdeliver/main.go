// Qdeliver sends what is in a queue of outgoing messages to a mail server.
package main

import (
	"switchboard/pkg/cmdline"
	"switchboard/pkg/commands/qdeliver"
)

func main() { cmdline.Main(qdeliver.Command()) }

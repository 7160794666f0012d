// Qfinish deletes entries that are in flight, because their messages have been handled.
package main

import (
	"switchboard/internal/cmdline"
	"switchboard/internal/commands/qfinish"
)

func main() { cmdline.Main(qfinish.Command()) }

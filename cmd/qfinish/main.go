// Qfinish deletes entries that are in flight, because their messages have been handled.
package main

import (
	"switchboard/pkg/cmdline"
	"switchboard/pkg/commands/qfinish"
)

func main() { cmdline.Main(qfinish.Command()) }

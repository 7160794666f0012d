// Qdiscard deletes ready and preserved entries for good.
package main

import (
	"switchboard/pkg/cmdline"
	"switchboard/pkg/commands/qdiscard"
)

func main() { cmdline.Main(qdiscard.Command()) }

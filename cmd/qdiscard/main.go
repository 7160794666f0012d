// Qdiscard deletes ready and preserved entries for good.
package main

import (
	"switchboard/internal/cmdline"
	"switchboard/internal/commands/qdiscard"
)

func main() { cmdline.Main(qdiscard.Command()) }

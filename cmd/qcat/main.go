// Qcat shows the message or the metadata of entries.
package main

import (
	"switchboard/internal/cmdline"
	"switchboard/internal/commands/qcat"
)

func main() { cmdline.Main(qcat.Command()) }

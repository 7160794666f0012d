// Qcat shows the message or the metadata of entries.
package main

import (
	"switchboard/pkg/cmdline"
	"switchboard/pkg/commands/qcat"
)

func main() { cmdline.Main(qcat.Command()) }

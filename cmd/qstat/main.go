// Qstat looks at queues and touches nothing.
package main

import (
	"switchboard/internal/cmdline"
	"switchboard/internal/commands/qstat"
)

func main() { cmdline.Main(qstat.Command()) }

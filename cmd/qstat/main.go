// Qstat looks at queues and touches nothing.
package main

import (
	"switchboard/pkg/cmdline"
	"switchboard/pkg/commands/qstat"
)

func main() { cmdline.Main(qstat.Command()) }

package main

import (
	"os"

	"switchboard/pkg/cmdline"
	"switchboard/pkg/runner"
)

// maxJobs is more commands at a time than any machine is the faster for.
const maxJobs = 1000

// options are what the command line says.
func options(c *cmdline.Context) (o runner.Options, operand string, err error) {
	fail := func(err error) (runner.Options, string, error) { return o, "", err }
	o = runner.Options{
		Jobs: c.Int("jobs"), Wait: c.Bool("wait"), Prefix: c.Bool("verbose"),
		Keep: c.Bool("keep"), MaxFailures: c.Int("max-failures"),
		Env: os.Environ(), TempDir: os.TempDir(), Stdout: os.Stdout, Stderr: os.Stderr,
		// This process starts nothing but COMMANDs.
		Terminal: true, Reap: true,
	}
	if o.Slice, err = c.Slice(); err != nil {
		return fail(err)
	}
	if o.Timeout, _, err = c.Duration("timeout"); err != nil {
		return fail(err)
	}
	if o.MinAge, _, err = c.Duration("min-age"); err != nil {
		return fail(err)
	}
	if n := c.Int("max-restores"); n < 0 || n > 255 {
		return fail(cmdline.Usagef("--max-restores: N must be from 0 to 255"))
	}
	if o.MaxFailures < 0 {
		return fail(cmdline.Usagef("--max-failures: N must be at least 0"))
	}
	if o.Keep && o.Wait {
		return fail(cmdline.Usagef("--keep and -w exclude each other: --keep looks at what is there"))
	}
	if o.Jobs < 1 || o.Jobs > maxJobs {
		return fail(cmdline.Usagef("JOBS must be from 1 to %d", maxJobs))
	}
	if c.Bool("json") {
		// Standard output is for the events then, and for nothing else.
		o.Stdout = os.Stderr
	}
	operands := c.Args().Slice()
	if len(operands) == 0 {
		return fail(cmdline.Usagef("missing QUEUE operand"))
	}
	command := operands[1:]
	if len(command) > 0 && command[0] == "--" {
		command = command[1:]
	}
	if len(command) == 0 {
		return fail(cmdline.Usagef("missing COMMAND operand"))
	}
	o.Command.Args = command
	return o, operands[0], nil
}

package cmdline

import "strings"

// Program is a program with several commands, which its first argument names.
type Program struct {
	Name, Summary, Example string
	// Commands are its commands. The name of one of its own is the program's name, a blank and
	// what the argument is. The other commands keep their names.
	Commands []func() Command
	// Kinds are the kinds of queues that its commands can open besides directories.
	Kinds []Kind
}

// command returns the command that arguments name, and its command line. If they name none,
// that is a command which prints help and errors.
func (p Program) command(args []string) (Command, []string) {
	if len(args) > 0 {
		for _, command := range p.Commands {
			c := command()
			if own, ok := strings.CutPrefix(c.Name, p.Name+" "); ok && own == args[0] {
				return c, append([]string{c.Name}, args[1:]...)
			} else if !ok && strings.HasSuffix(calledAs(args), c.Name) {
				return c, args // perhaps with the prefix that the commands are installed with
			}
		}
	}
	return Command{
		Name: p.Name, Synopsis: p.synopsis(), Summary: p.Summary, Example: p.Example,
		Shared: &Shared{}, Runs: true, Run: noCommand,
	}, append([]string{p.Name}, args...)
}

// synopsis returns the forms of the program's own commands, and that of the others.
func (p Program) synopsis() string {
	var forms strings.Builder
	for _, command := range p.Commands {
		c := command()
		if own, ok := strings.CutPrefix(c.Name, p.Name+" "); ok {
			for form := range strings.SplitSeq(c.Synopsis, "\n") {
				forms.WriteString(strings.TrimRight(own+" "+form, " ") + "\n")
			}
		}
	}
	return forms.String() + "COMMAND [ARG...]"
}

// noCommand refuses a command line that names no command.
func noCommand(c *Context) error {
	if len(c.Args) == 0 {
		return Usagef("missing COMMAND operand")
	}
	return Usagef("%s: is not a command; options follow the command", c.Args[0])
}

// Run runs a command of the program in a process, whose arguments are those of the program,
// and returns its exit status.
func (p Program) Run(process Process) int {
	c, args := p.command(process.Args[1:])
	process.Args, process.Kinds = args, p.Kinds
	return Run(c, process)
}

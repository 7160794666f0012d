// Package wire is what a test and the init of its guest say to each other: a stream of messages
// in both directions, on a serial port that loses nothing.
package wire

// Port is the name of the serial port.
const Port = "switchboard"

// Message is one message. Those about a process have its ID, which the test chose.
type Message struct {
	ID int

	// To the guest: start a process, give it standard input, end that, send a signal.
	Start  *Command
	Stdin  []byte
	Close  bool
	Signal int
	// Load has modules to load, and PowerOff ends the guest. Both are answered by Exit.
	Load     []Module
	PowerOff bool

	// From the guest. Ready is the first message of all.
	Ready          bool
	Stdout, Stderr []byte
	// Exit is the last message about a process.
	Exit *Exit
}

// Command is a program to run. PATH finds it.
type Command struct {
	Argv []string
	// Env is added to the environment of init.
	Env []string
	Dir string
}

// Exit says how a process ended. Status is -1 if a signal ended it. Err says why it, or
// something else that was asked, could not be done.
type Exit struct {
	Status int
	Err    string
}

// Module is a file with a kernel module, and its parameters.
type Module struct{ Path, Parameters string }

// BootModules is the file that lists the modules that init loads by itself, a path per line.
const BootModules = "/etc/modules"

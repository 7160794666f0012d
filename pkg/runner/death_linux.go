package runner

import "syscall"

// diesWith has a command killed when this process dies. A lease ends by itself then, and
// another worker must not begin with the entry while the command still works on it. The locks
// of a directory do not need that: the command inherits them.
//
// The kernel takes the death of the thread that starts the command for that of the process.
// The threads of this program end with it.
func diesWith(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }

// Package command runs the programs that make a release: git, go and make.
package command

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// fixed are the variables that would make one release differ from another. They have
// values here because an empty one would be read from the file of go env -w.
var fixed = []string{
	"TZ=UTC", "LC_ALL=C", "MAKEFLAGS=", "MAKELEVEL=", "CDPATH=",
	"CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=-buildvcs=false", "GOFIPS140=off",
	"GOAMD64=v1", "GOARM64=v8.0", "GO386=sse2", "GOARM=6", "GORISCV64=rva20u64", "GOPPC64=power8",
}

// Run runs a program in dir and returns what it prints. The variables in env come on top
// of the environment.
func Run(dir string, env []string, program string, args ...string) (string, error) {
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.Env = slices.Concat(os.Environ(), fixed, env)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", program, strings.Join(args, " "), err, complaints.String())
	}
	return out.String(), nil
}

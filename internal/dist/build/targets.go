package build

import (
	"fmt"
	"slices"
	"strings"
)

// Target is a system and a processor, as Go names them.
type Target struct{ OS, Arch string }

func (t Target) String() string { return t.OS + "/" + t.Arch }

// Targets are those that a release has binaries for. 386 needs SSE2, arm is ARMv6 with
// hard float, and the others are the oldest that Go supports.
var Targets = []Target{
	{"linux", "amd64"},
	{"linux", "arm64"},
	{"linux", "386"},
	{"linux", "arm"},
	{"linux", "riscv64"},
	{"linux", "s390x"},
	{"linux", "ppc64le"},
	{"freebsd", "amd64"},
	{"freebsd", "arm64"},
	{"openbsd", "amd64"},
	{"openbsd", "arm64"},
	{"netbsd", "amd64"},
	{"netbsd", "arm64"},
	{"darwin", "amd64"},
	{"darwin", "arm64"},
}

// Select returns the targets that a list names, or all of them if it is empty.
func Select(list string) ([]Target, error) {
	if list == "" {
		return Targets, nil
	}
	var selected []Target
	for name := range strings.SplitSeq(list, ",") {
		i := slices.IndexFunc(Targets, func(t Target) bool { return t.String() == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no release for %s", name)
		}
		selected = append(selected, Targets[i])
	}
	return selected, nil
}

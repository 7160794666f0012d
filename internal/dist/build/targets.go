package build

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

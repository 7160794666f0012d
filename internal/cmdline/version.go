package cmdline

import (
	"runtime/debug"
	"strings"
)

// Version is set by make, which gets it from git.
var Version = ""

// git archive replaces these two in a source tarball: gitattributes(5),
// export-subst. The first stays empty if the commit has no tag before it.
const (
	archivedTag    = "$Format:%(describe:tags=true)$"
	archivedCommit = "$Format:%h$"
)

// version returns what --version prints: the version that make set, or that git archive
// wrote, or that go install recorded in the binary.
func version() string {
	if Version != "" {
		return Version
	}
	for _, v := range []string{archivedTag, archivedCommit} {
		if v != "" && !strings.HasPrefix(v, "$") {
			return v
		}
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

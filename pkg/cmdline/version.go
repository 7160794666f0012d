package cmdline

import (
	"runtime/debug"
	"strings"
)

// Version is set by make, which asks git.
var Version = ""

// git archive replaces these two in a source tarball: gitattributes(5),
// export-subst. The first stays empty if the commit has no tag before it.
const (
	archivedTag    = "$Format:%(describe:tags=true)$"
	archivedCommit = "$Format:%h$"
)

// version is what --version prints: what make was told, or what git archive
// wrote, or what go install recorded in the binary.
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

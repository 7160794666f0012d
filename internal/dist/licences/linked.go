package licences

import (
	"encoding/json"
	"errors"
	"io"
	"strings"

	"switchboard/internal/dist/build"
	"switchboard/internal/dist/command"
)

// pkg is a package of another module, as go list shows it.
type pkg struct {
	Dir    string
	Module *struct {
		Path, Version, Dir string
		Main               bool
	}
}

// linked returns the packages of other modules that the commands in root link.
func linked(root, tags string, t build.Target) ([]pkg, error) {
	// Vendored modules have no directories of their own, which is what -mod is for.
	out, err := command.Run(root, []string{"GOOS=" + t.OS, "GOARCH=" + t.Arch},
		"go", "list", "-mod=readonly", "-deps", "-tags", tags, "-json=Dir,Module", "./cmd/...")
	if err != nil {
		return nil, err
	}
	var packages []pkg
	for decoder := json.NewDecoder(strings.NewReader(out)); ; {
		var p pkg
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages, nil
		}
		if err != nil {
			return nil, err
		}
		if p.Module != nil && !p.Module.Main {
			packages = append(packages, p)
		}
	}
}

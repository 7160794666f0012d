// Package sbom makes the list of the modules in a release, in the format of CycloneDX.
package sbom

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"

	"switchboard/internal/dist/command"
	"switchboard/internal/dist/licences"
	"switchboard/internal/dist/release"
)

// bom is what Make looks at in the list. What it does not name stays as it is.
type bom struct {
	Schema       string           `json:"$schema"`
	Format       string           `json:"bomFormat"`
	Spec         string           `json:"specVersion"`
	Version      int              `json:"version"`
	Metadata     metadata         `json:"metadata"`
	Components   []map[string]any `json:"components"`
	Dependencies []dependency     `json:"dependencies"`
}

type metadata struct {
	Tools     []tool         `json:"tools"`
	Component map[string]any `json:"component"`
}

// tool leaves out the checksums of the program: they depend on who built it.
type tool struct {
	Vendor  string `json:"vendor"`
	Name    string `json:"name"`
	Version string `json:"version"`
}

type dependency struct {
	Ref  string   `json:"ref"`
	Uses []string `json:"dependsOn,omitempty"`
}

// Make returns the list for the modules that the commands in root link.
func Make(root string, r release.Release, modules []licences.Module) ([]byte, error) {
	// The tool belongs to this program's module. The time and the random number that it
	// would write differ each time, and the long names have the system that it runs on.
	out, err := command.Run(filepath.Join(root, "internal/dist"), []string{"GOFLAGS=-buildvcs=false -mod=readonly"}, "go", "tool", "cyclonedx-gomod",
		"mod", "-json", "-notimestamp", "-noserial", "-short-purls", "-std", "-type", "application", root)
	if err != nil {
		return nil, err
	}
	var all bom
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		return nil, fmt.Errorf("cyclonedx-gomod: %w", err)
	}
	all.keep(modules)
	all.Metadata.Component["version"] = r.Describe
	all.Metadata.Component["purl"] = "pkg:golang/switchboard@" + r.Describe
	all.Metadata.Component["licenses"] = []any{map[string]any{"license": map[string]any{"id": "BSD-2-Clause"}}}
	data, err := json.MarshalIndent(all, "", "  ")
	return append(data, '\n'), err
}

// keep leaves out the modules that only tests and checks of the sources need.
func (all *bom) keep(modules []licences.Module) {
	refs := []any{all.Metadata.Component["bom-ref"]}
	all.Components = slices.DeleteFunc(all.Components, func(c map[string]any) bool {
		linked := slices.ContainsFunc(modules, func(m licences.Module) bool { return c["name"] == m.Path })
		if linked {
			refs = append(refs, c["bom-ref"])
		}
		return !linked
	})
	other := func(ref string) bool { return !slices.Contains(refs, any(ref)) }
	all.Dependencies = slices.DeleteFunc(all.Dependencies, func(d dependency) bool { return other(d.Ref) })
	for i, d := range all.Dependencies {
		all.Dependencies[i].Uses = slices.DeleteFunc(d.Uses, other)
	}
}

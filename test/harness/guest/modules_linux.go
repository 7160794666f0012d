package guest

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"switchboard/test/harness/guest/wire"
)

// modules are a kernel and its modules, from Debian's package, whose files are as they were
// unpacked: nothing has made a modules.dep.
type modules struct {
	kernel string
	// files has the path of each module, and builtin those that are a part of the kernel.
	files   map[string]string
	builtin map[string]bool
}

// moduleDir is where modules are in a guest.
const moduleDir = "/lib/modules/"

func findModules(tree string) (*modules, error) {
	kernels, err := filepath.Glob(filepath.Join(tree, "boot", "vmlinuz-*"))
	if err != nil || len(kernels) != 1 {
		return nil, fmt.Errorf("%s: %d kernels in boot, not one", tree, len(kernels))
	}
	m := &modules{kernel: kernels[0], files: map[string]string{}, builtin: map[string]bool{}}
	_, version, _ := strings.Cut(filepath.Base(m.kernel), "-")
	dir := filepath.Join(tree, "lib", "modules", version)
	builtin, err := os.ReadFile(filepath.Join(dir, "modules.builtin"))
	if err != nil {
		return nil, err
	}
	for path := range strings.Lines(string(builtin)) {
		m.builtin[moduleName(strings.TrimSpace(path))] = true
	}
	return m, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".ko") {
			m.files[moduleName(path)] = path
		}
		return err
	})
}

// moduleName returns the name of the module in a file. In the kernel's names - and _ are the
// same.
func moduleName(path string) string {
	return strings.ReplaceAll(strings.TrimSuffix(filepath.Base(path), ".ko"), "-", "_")
}

// closure returns a module and those that it needs, in the order in which they are loaded.
func (m *modules) closure(what string) (list []wire.Module, err error) {
	name, parameters, _ := strings.Cut(what, " ")
	names, err := m.add(nil, moduleName(name))
	for _, n := range names {
		list = append(list, wire.Module{Path: moduleDir + n + ".ko"})
	}
	if len(list) > 0 {
		list[len(list)-1].Parameters = parameters
	}
	return list, err
}

// add adds a module to a list, after those that it needs.
func (m *modules) add(list []string, name string) ([]string, error) {
	if m.builtin[name] || slices.Contains(list, name) {
		return list, nil
	}
	path, has := m.files[name]
	if !has {
		return nil, fmt.Errorf("the kernel %s has no module %s", m.kernel, name)
	}
	needs, wants, err := modinfo(path)
	if err != nil {
		return nil, err
	}
	for _, w := range wants {
		// It may also be the name of an algorithm that the kernel itself has.
		if m.files[w] != "" {
			needs = append(needs, w)
		}
	}
	for _, n := range needs {
		if list, err = m.add(list, n); err != nil {
			return nil, err
		}
	}
	return append(list, name), nil
}

// modinfo reads which modules a module needs, and which ones it wants to be loaded before.
func modinfo(path string) (needs, wants []string, err error) {
	f, err := elf.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	section := f.Section(".modinfo")
	if section == nil {
		return nil, nil, fmt.Errorf("%s is not a module", path)
	}
	info, err := section.Data()
	for item := range bytes.SplitSeq(info, []byte{0}) {
		key, value, _ := strings.Cut(string(item), "=")
		switch key {
		case "depends":
			for n := range strings.SplitSeq(value, ",") {
				if n != "" {
					needs = append(needs, moduleName(n))
				}
			}
		case "softdep":
			before, _, _ := strings.Cut(strings.TrimPrefix(value, "pre:"), "post:")
			for n := range strings.FieldsSeq(before) {
				wants = append(wants, moduleName(n))
			}
		}
	}
	return needs, wants, err
}

// boot returns the modules that a guest needs to speak with the test.
func (m *modules) boot() (list []string, err error) {
	for _, name := range []string{"virtio_pci", "virtio_console"} {
		if list, err = m.add(list, name); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// all returns every module that a guest may load.
func (m *modules) all(o Options, boot []string) (list []string, err error) {
	list = slices.Clone(boot)
	for _, name := range slices.Concat(o.Modules, o.Later) {
		name, _, _ := strings.Cut(name, " ")
		if list, err = m.add(list, moduleName(name)); err != nil {
			return nil, err
		}
	}
	return list, nil
}

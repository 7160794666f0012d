package packages

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"strings"
	"time"

	"switchboard/internal/dist/licences"
	"switchboard/internal/dist/tree"
)

// licenseDirectory is where Fedora and Alpine have licences.
const licenseDirectory = "usr/share/licenses/"

// plainLicences returns the licences as Fedora and Alpine have them.
func plainLicences(_ distribution, p part, m material) (tree.Tree, error) {
	dir := path.Join(licenseDirectory, p.name)
	return tree.Tree{
		{Name: path.Join(dir, "LICENSE"), Mode: 0o644, Data: m.licence},
		{Name: path.Join(dir, "LICENSES-modules"), Mode: 0o644, Data: licences.File(m.modules)},
	}, nil
}

// debianDocs returns the copyright and the changelogs as Debian has them, and what lintian
// is told.
func debianDocs(d distribution, p part, m material) (tree.Tree, error) {
	dir := path.Join("usr/share/doc", p.name)
	overrides, err := own.ReadFile("deb/lintian-overrides")
	if err != nil {
		return nil, err
	}
	files := tree.Tree{
		{Name: path.Join(dir, "copyright"), Mode: 0o644, Data: copyright(m)},
		{Name: path.Join(dir, "changelog.Debian.gz"), Mode: 0o644, Data: compress(debianChangelog(d, p, m))},
		{Name: path.Join("usr/share/lintian/overrides", p.name), Mode: 0o644, Data: overrides},
	}
	if p.name == "switchboard" {
		files = append(files, tree.File{Name: path.Join(dir, "changelog.gz"), Mode: 0o644, Data: compress(m.changes)})
	}
	return files, nil
}

// debianChangelog returns the changelog of the package, of which every release has one
// version.
func debianChangelog(d distribution, p part, m material) []byte {
	return fmt.Appendf(nil, "%s (%s-%s) unstable; urgency=medium\n\n  * /usr/share/doc/switchboard/changelog.gz says what is new.\n\n -- %s  %s\n",
		p.name, d.version(m.release), d.revision, maintainer, m.release.Date.UTC().Format(time.RFC1123Z))
}

// copyright returns the licences of switchboard and of what is linked into it, in the
// format that programs of Debian read.
func copyright(m material) []byte {
	var b bytes.Buffer
	b.WriteString("Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: switchboard\n")
	paragraph(&b, "*", "", string(m.licence))
	for _, module := range m.modules {
		comment := "The commands contain the module " + module.Path + " " + module.Version + "."
		if module.Path == "std" {
			comment = "The commands contain the standard library of Go, " + module.Version + "."
		}
		// What a directory says together is one paragraph, because the last one would count.
		var dirs []string
		texts := map[string]string{}
		for _, text := range module.Texts {
			dir := path.Join(module.Path, path.Dir(text.Name), "*")
			if texts[dir] == "" {
				dirs = append(dirs, dir)
			}
			texts[dir] += strings.TrimSpace(text.Data) + "\n\n"
		}
		for _, dir := range dirs {
			paragraph(&b, dir, comment, texts[dir])
		}
	}
	return b.Bytes()
}

// holder is a line that says who has the copyright.
var holder = regexp.MustCompile(`(?im)^[\s#/*]*copyright (?:\(c\) |© |(\d))([^\n]*)$`)

// paragraph writes that some files have a licence.
func paragraph(b *bytes.Buffer, files, comment, text string) {
	var holders []string
	for _, found := range holder.FindAllStringSubmatch(text, -1) {
		holders = append(holders, strings.TrimSpace(found[1]+found[2]))
	}
	if holders == nil {
		holders = []string{"see the licence"}
	}
	fmt.Fprintf(b, "\nFiles: %s\nCopyright: %s\nLicense: %s\n", files, strings.Join(holders, "\n           "), shortName(text))
	for line := range strings.Lines(strings.TrimSpace(text) + "\n") {
		if line = strings.TrimRight(line, " \t\r\n"); line == "" {
			line = "."
		}
		b.WriteString(" " + line + "\n")
	}
	if comment != "" {
		b.WriteString("Comment: " + comment + "\n")
	}
}

// shortName returns the name that Debian has for a licence.
func shortName(text string) string {
	plain := strings.Join(strings.Fields(text), " ")
	for _, l := range []struct{ name, phrase string }{
		{"Apache-2.0", "Apache License Version 2.0"},
		{"Expat", "Permission is hereby granted, free of charge"},
		{"BSD-3-clause", "may be used to endorse or promote products derived from this software"},
		{"BSD-2-clause", "Redistributions in binary form must reproduce"},
		{"Go-patents", "Additional IP Rights Grant (Patents)"},
	} {
		if strings.Contains(plain, l.phrase) {
			return l.name
		}
	}
	return "other"
}

package packages

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/goreleaser/nfpm/v2"

	"switchboard/internal/dist/release"
	"switchboard/internal/dist/tree"
)

// configuration is the file that an administrator changes.
const configuration = "etc/switchboard.toml"

// own are the files that are only in packages.
//
//go:embed switchboard.toml group deb rpm apk
var own embed.FS

// distribution is what a family of distributions wants to be different.
type distribution struct {
	name, format string
	// user is Mailman's user and group.
	user string
	// known is the command that finds a group.
	known string
	// revision is that of the first package of a release.
	revision string
	// snapshot begins the version of a commit after the release, which must sort after it.
	snapshot string
	// zsh is where zsh looks for completions of packages.
	zsh string
	// services is where files of contrib go, by their directories there. Of the others no
	// copy is installed if theirs is "", and a copy below usr/share/switchboard if they are
	// not here.
	services map[string]string
	// equals is between the name of a package and the version that it has to have.
	equals func(name, version string) string
	// licences returns the files with the licences.
	licences func(d distribution, p part, m material) (tree.Tree, error)
}

var distributions = []distribution{
	{
		name: "Debian", format: "deb", user: "list", known: "getent group %s", revision: "1", snapshot: "+",
		zsh:      "usr/share/zsh/vendor-completions",
		services: map[string]string{"systemd": "usr/lib/systemd/system", "openrc": "", "rc.d": ""},
		equals:   func(name, version string) string { return name + " (= " + version + ")" },
		licences: debianDocs,
	},
	{
		name: "Fedora", format: "rpm", user: "mailman", known: "getent group %s", revision: "1", snapshot: "+",
		zsh:      "usr/share/zsh/site-functions",
		services: map[string]string{"systemd": "usr/lib/systemd/system", "openrc": "", "rc.d": ""},
		equals:   func(name, version string) string { return name + " = " + version },
		licences: plainLicences,
	},
	{
		name: "Alpine", format: "apk", user: "mailman", known: "grep '^%s:' /etc/group", revision: "0", snapshot: "_git",
		zsh:      "usr/share/zsh/site-functions",
		services: map[string]string{"systemd": "", "openrc": "etc/init.d", "rc.d": ""},
		equals:   func(name, version string) string { return name + "=" + version },
		licences: plainLicences,
	},
}

// layout returns the files of a package, where the distribution wants them.
func (d distribution) layout(p part, m material) (tree.Tree, error) {
	var files tree.Tree
	for _, f := range m.files {
		if f.Name = d.place(f.Name); f.Name == "" || !p.has(f.Name) {
			continue
		}
		if strings.HasPrefix(f.Name, "usr/share/man/") {
			f.Name += ".gz"
			f.Data = compress(f.Data)
		}
		files = append(files, f)
	}
	if p.name == "switchboard" {
		conf, err := own.ReadFile("switchboard.toml")
		if err != nil {
			return nil, err
		}
		files = append(files, tree.File{Name: configuration, Mode: 0o644, Data: conf})
	}
	docs, err := d.licences(d, p, m)
	return append(files, docs...), err
}

// place returns where the file goes that "make install" has put at name, or "".
func (d distribution) place(name string) string {
	if rest, ok := strings.CutPrefix(name, "usr/share/zsh/site-functions/"); ok {
		return path.Join(d.zsh, rest)
	}
	rest, ok := strings.CutPrefix(name, "usr/share/switchboard/")
	kind, file, _ := strings.Cut(rest, "/")
	dir, moved := d.services[kind]
	switch {
	case !ok || !moved:
		return name
	case dir == "":
		return ""
	case kind == "systemd" && !unit(file):
		return name // to be copied beside a service
	}
	return path.Join(dir, file)
}

// unit reports whether a file is a unit of systemd.
func unit(file string) bool {
	return strings.HasSuffix(file, ".service") || strings.HasSuffix(file, ".timer")
}

// describe adds what other packages and people are told.
func (d distribution) describe(info *nfpm.Info, p part) {
	if d.format != "apk" { // which has one line
		info.Description += "\n" + p.description
	}
	info.RPM.Summary, info.RPM.BuildHost, info.RPM.Compression, info.Deb.Compression = p.summary, "localhost", compression, compression
	info.RPM.Group = "Applications/System"
	if p.name == "switchboard" {
		if d.format != "apk" {
			info.Suggests = []string{"switchboard-pg"}
		}
		return
	}
	revision := info.Release
	if d.format == "apk" {
		revision = "r" + revision
	}
	// The two speak to each other, and are of one release.
	info.Depends = []string{d.equals("switchboard", info.Version+"-"+revision)}
}

// version returns the version of a release as the distribution writes it.
func (d distribution) version(r release.Release) string {
	if r.Snapshot == "" {
		return r.Number
	}
	snapshot := r.Snapshot
	if d.format == "apk" { // which has no place for the commit
		snapshot, _, _ = strings.Cut(snapshot, ".")
	}
	return r.Number + d.snapshot + snapshot
}

// addScripts adds the scripts that the package manager runs. A package without services
// has none.
func (d distribution) addScripts(info *nfpm.Info, s stage, p part, files tree.Tree) error {
	words, err := d.words(p, files)
	if err != nil || words == nil {
		return err
	}
	for name, to := range map[string]*string{
		"deb/postinst": &info.Scripts.PostInstall, "deb/prerm": &info.Scripts.PreRemove, "deb/postrm": &info.Scripts.PostRemove,
		"rpm/post": &info.Scripts.PostInstall, "rpm/preun": &info.Scripts.PreRemove, "rpm/postun": &info.Scripts.PostRemove,
		"apk/post-install": &info.Scripts.PostInstall, "apk/pre-deinstall": &info.Scripts.PreRemove,
	} {
		if path.Dir(name) != d.format {
			continue
		}
		script, err := own.ReadFile(name)
		if err != nil {
			return err
		}
		if *to, err = s.write("script-"+path.Base(name), []byte(words.Replace(string(script))), 0o755); err != nil {
			return err
		}
	}
	return nil
}

// words returns what the words between @ signs mean in the scripts of a package, or nil
// if it has no services.
func (d distribution) words(p part, files tree.Tree) (*strings.Replacer, error) {
	var units, stopped, running, links, services []string
	for _, f := range files {
		dir, name := path.Split(f.Name)
		switch {
		case dir == "etc/init.d/":
			services = append(services, "/"+dir+name+".*")
		case dir == "usr/lib/systemd/system/":
			all := strings.Replace(name, "@.", "@*.", 1)
			units = append(units, name)
			stopped = append(stopped, "'"+all+"'")
			links = append(links, "/etc/systemd/system/*.wants/"+all)
			if bytes.Contains(f.Data, []byte("\nType=exec\n")) {
				running = append(running, "'"+all+"'")
			}
		}
	}
	if len(units)+len(services) == 0 {
		return nil, nil
	}
	if p.name == "switchboard-pg" {
		// They run this package's program if their queue is in PostgreSQL.
		running = append(running, "'qrun@*.service'", "'qdeliver@*.service'")
	}
	group, err := fs.ReadFile(own, "group")
	if err != nil {
		return nil, err
	}
	names := strings.NewReplacer("@KNOWN@", fmt.Sprintf(d.known, d.user), "@USER@", d.user, "@PACKAGE@", p.name)
	pairs := []string{"@GROUP@\n", names.Replace(string(group))}
	for word, list := range map[string][]string{"@UNITS@": units, "@STOPPED@": stopped, "@RUNNING@": running, "@LINKS@": links, "@SERVICES@": services} {
		slices.Sort(list)
		pairs = append(pairs, word, strings.Join(list, " "))
	}
	return strings.NewReplacer(pairs...), nil
}

// compress returns data in a gzip stream without a name or a time.
func compress(data []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

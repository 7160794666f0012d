package docs

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// makes runs make with the tree's Makefile. It builds nothing into the tree.
func makes(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(tool(t, "make"), append([]string{"-C", root, "--no-print-directory"}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("make %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// installed returns the files below dir.
func installed(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			name, _ := filepath.Rel(dir, path)
			files = append(files, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	return files
}

// TestInstall installs with a prefix for the names of the commands, checks what is there,
// and uninstalls.
func TestInstall(t *testing.T) {
	t.Parallel()
	dest := t.TempDir()
	args := []string{"DESTDIR=" + dest, "PREFIX=/opt/sb", "PROGRAM_PREFIX=mm-", "MAILMAN_USER=mailman", "BIN=" + t.TempDir()}
	makes(t, append(args, "install")...)
	var want []string
	for _, c := range commands(t) {
		want = append(want,
			"bin/mm-"+c, "share/man/man1/mm-"+c+".1",
			"share/bash-completion/completions/mm-"+c,
			"share/zsh/site-functions/_mm-"+c,
			"share/fish/vendor_completions.d/mm-"+c+".fish")
	}
	for _, p := range programs(t) {
		want = append(want, "bin/"+p,
			"share/bash-completion/completions/"+p, "share/zsh/site-functions/_"+p, "share/fish/vendor_completions.d/"+p+".fish")
	}
	want = append(want, "bin/mm-qenqueue-alias", "share/man/man1/mm-qenqueue-alias.1", "share/man/man5/qfile.5", "share/man/man5/switchboard.toml.5", "share/man/man7/switchboard-recipes.7", "share/man/man7/switchboard.7", "share/man/man8/switchboard-pg.8")
	for _, name := range contrib(t) {
		want = append(want, "share/switchboard/"+name)
	}
	slices.Sort(want)
	prefix := filepath.Join(dest, "opt/sb")
	got := installed(t, prefix)
	if !slices.Equal(got, want) {
		t.Fatalf("installed is\n%v, want\n%v", got, want)
	}
	for _, name := range got {
		info, err := os.Stat(filepath.Join(prefix, name))
		if err != nil {
			t.Fatal(err)
		}
		mode := fs.FileMode(0o644)
		if script, err := os.Stat(filepath.Join(root, "contrib", strings.TrimPrefix(name, "share/switchboard/"))); err == nil && script.Mode()&0o100 != 0 || strings.HasPrefix(name, "bin/") {
			mode = 0o755
		}
		if info.Mode() != mode {
			t.Errorf("%s: mode %v", name, info.Mode())
		}
	}

	out, err := exec.Command(filepath.Join(prefix, "bin/mm-qstat"), "--help").Output()
	if err != nil || !strings.HasPrefix(string(out), "usage: mm-qstat ") {
		t.Errorf("mm-qstat --help: %v\n%s", err, out)
	}
	for name, words := range map[string][]string{
		"share/man/man1/mm-qcat.1":                              {".Dt MM-QCAT 1\n", ".Nm mm-qcat\n", ".Xr mm-qstat 1 ,\n", ".Xr qfile 5 ,\n", "mm-qstat -e shunt | mm-qcat -m -\n"},
		"share/man/man1/mm-qenqueue.1":                          {"|/opt/sb/bin/mm-qenqueue -l ", ".Nm mm-qenqueue-alias\n", "|/opt/sb/bin/mm-qenqueue-alias -l "},
		"share/man/man1/mm-qenqueue-alias.1":                    {".so man1/mm-qenqueue.1\n"},
		"share/man/man7/switchboard.7":                          {".It Pa /opt/sb/share/switchboard\n", ".Pa /usr/local/bin\n", ".It Xr mm-qrun 1\n", ".Xr mm-qcat 1", "while e=$(mm-qdequeue in); do\n"},
		"share/man/man7/switchboard-recipes.7":                  {"\n.Dl mm-qstat\n", "\n.Dl mm-qstat -e shunt | mm-qcat -H -\n", "/opt/sb/bin/mm-qrestore --min-age", ".Pa /opt/sb/share/switchboard .\n"},
		"share/zsh/site-functions/_mm-qcat":                     {"#compdef mm-qcat\n"},
		"share/fish/vendor_completions.d/mm-qcat.fish":          {"complete -c mm-qcat -s H "},
		"share/bash-completion/completions/mm-qcat":             {"complete -o filenames -F _qcat mm-qcat\n"},
		"share/switchboard/systemd/qrun@.service":               {"\nDocumentation=man:mm-qrun(1)\n", "\nExecStart=/opt/sb/bin/mm-qrun -w ", " /usr/local/bin/handler\n", "\nUser=mailman\nGroup=mailman\n"},
		"share/switchboard/systemd/qdeliver@.service":           {"\nDocumentation=man:mm-qdeliver(1)\n", "\nExecStart=/opt/sb/bin/mm-qdeliver -w "},
		"share/switchboard/cron/switchboard":                    {"\nPATH=/opt/sb/bin:", "  mailman  mm-qdeliver -j 4 out ", "  mailman  mm-qrestore ", " && /opt/sb/bin/mm-qstat --metrics "},
		"share/switchboard/icinga/switchboard.conf":             {"  command = [ \"/opt/sb/bin/mm-qstat\" ]\n"},
		"share/switchboard/systemd/switchboard-metrics.service": {" -c '/opt/sb/bin/mm-qstat --metrics >switchboard.prom.new && "},
		"share/switchboard/nagios/switchboard.cfg":              {"  /opt/sb/bin/mm-qstat -w $ARG1$ -c "},
		"share/switchboard/openrc/qrun":                         {"\ncommand=/opt/sb/bin/mm-qrun\n", "queue=${RC_SVCNAME#qrun.}\n", "{qrun_user:=mailman:mailman}", "{qrun_command:=/usr/local/bin/handler}"},
		"share/switchboard/logrotate/switchboard":               {"\tcreate 0660 mailman mailman\n"},
		"share/switchboard/openrc/qdeliver":                     {"\ncommand=/opt/sb/bin/mm-qdeliver\n"},
		"share/switchboard/rc.d/qdeliver":                       {"\nname=qdeliver\n", "\nprocname=/opt/sb/bin/mm-qdeliver\n"},
		"share/switchboard/rc.d/qrun":                           {"\nname=qrun\n", "\nprocname=/opt/sb/bin/mm-qrun\n"},
		"share/switchboard/migrate-mailman2":                    {"\nprefix=${PROGRAM_PREFIX:-mm-}\n", "\"${prefix}qstat\""},
	} {
		text, err := os.ReadFile(filepath.Join(prefix, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range words {
			if !strings.Contains(string(text), w) {
				t.Errorf("%s lacks %q", name, w)
			}
		}
	}

	// make install does not build again what is newer than its sources, because root
	// may have no Go.
	makes(t, append(args, "GO=false", "install")...)

	makes(t, append(args, "uninstall")...)
	if left := installed(t, dest); len(left) > 0 {
		t.Errorf("uninstall leaves %v", left)
	}
	if _, err := os.Stat(filepath.Join(prefix, "share/switchboard")); !os.IsNotExist(err) {
		t.Errorf("uninstall leaves share/switchboard: %v", err)
	}
}

// contrib returns the files of contrib that make install copies: all but the alias script,
// which belongs to the commands, and the installer.
func contrib(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(installed(t, filepath.Join(root, "contrib")), func(name string) bool {
		return name == "install.sh" || name == "qenqueue-alias"
	})
}

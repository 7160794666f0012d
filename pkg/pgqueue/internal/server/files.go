package server

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// defaultHost returns the directory of the unix socket of a server on this machine.
func defaultHost() string {
	for _, dir := range []string{"/var/run/postgresql", "/tmp"} {
		if _, err := os.Stat(dir); err == nil {
			return dir
		}
	}
	return "localhost"
}

// personal adds the certificates that a user has in a directory.
func (s settings) personal(dir string) {
	has := func(name string) (string, bool) {
		path := filepath.Join(dir, name)
		_, err := os.Stat(path)
		return path, err == nil
	}
	cert, hasCert := has("postgresql.crt")
	key, hasKey := has("postgresql.key")
	if hasCert && hasKey {
		s["sslcert"], s["sslkey"] = cert, key
	}
	if root, ok := has("root.crt"); ok {
		s["sslrootcert"] = root
	}
}

// systemServices is the directory of the service file of all users.
const systemServices = "/etc/postgresql-common"

// service returns the parameters of a service. file is the service file that was named, or
// "".
func (c Config) service(name, file, home string) (settings, error) {
	system := c.getenv("PGSYSCONFDIR")
	if system == "" {
		system = systemServices
	}
	files := []string{filepath.Join(system, "pg_service.conf")}
	if file == "" && home != "" {
		file = filepath.Join(home, ".pg_service.conf")
	}
	if file != "" {
		files = append([]string{file}, files...)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, failed(ErrConfiguration, "service file: %v", err)
		}
		if found := readService(string(text), name); found != nil {
			// pgx reads it again.
			found["servicefile"] = path
			return found, nil
		}
	}
	return nil, failed(ErrConfiguration, "there is no service %s in %s", name, strings.Join(files, " or "))
}

// readService returns the parameters of a section, or nil if there is none.
func readService(text, name string) settings {
	var found settings
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			if found != nil {
				return found
			}
			if line == "["+name+"]" {
				found = settings{}
			}
		case found != nil:
			key, value, _ := strings.Cut(line, "=")
			found[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	return found
}

// checkPassFile refuses a password file that others can read, as libpq does. One that
// nobody asked for is not used then.
func checkPassFile(s settings, explicit bool) error {
	path := s["passfile"]
	info, err := os.Stat(path)
	switch {
	case path == "":
		return nil
	case !explicit && (err != nil || info.Mode().Perm()&0o077 != 0 || !info.Mode().IsRegular()):
		s["passfile"] = ""
		return nil
	case err != nil:
		return failed(ErrConfiguration, "passfile: %v", err)
	case !info.Mode().IsRegular():
		return failed(ErrConfiguration, "%s: is not a regular file", path)
	case info.Mode().Perm()&0o077 != 0:
		return failed(ErrConfiguration, "%s: has passwords, but mode %04o gives others access; run chmod 600 on it", path, info.Mode().Perm())
	}
	if f, err := os.Open(path); err != nil {
		return failed(ErrConfiguration, "passfile: %v", err)
	} else {
		f.Close()
	}
	return nil
}

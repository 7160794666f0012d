package config

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
)

// mostPassword is how many bytes a password file may have.
const mostPassword = 4 << 10

// Password reads the password that belongs to User. The file has one line, and is refused
// if others than its owner and its group have any access. Password returns "" without an
// error if there is no User.
func (d Deliver) Password() (string, error) {
	if d.PasswordFile == "" {
		return "", nil
	}
	password, err := readPassword(d.PasswordFile)
	if err != nil {
		return "", fail(d.PasswordFile, err)
	}
	return password, nil
}

func readPassword(path string) (string, error) {
	// O_NONBLOCK, because a FIFO would wait for a writer before it can be refused.
	f, err := open(path, syscall.O_NONBLOCK)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return "", cause(err)
	case !info.Mode().IsRegular():
		return "", errors.New("is not a regular file")
	case info.Mode().Perm()&0o007 != 0:
		return "", fmt.Errorf("has a password, but mode %04o gives others access; run chmod o= on it", info.Mode().Perm())
	}
	text, err := io.ReadAll(io.LimitReader(f, mostPassword+1))
	if err != nil {
		return "", cause(err)
	}
	password := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	switch {
	case len(text) > mostPassword:
		return "", fmt.Errorf("is longer than %d bytes", mostPassword)
	case password == "":
		return "", errEmpty
	case strings.Contains(password, "\n"):
		return "", errors.New("has more than one line")
	}
	return password, checkPlain(password)
}

package message

import "fmt"

// Dialect is the Mailman whose queue files are read or written.
type Dialect uint8

const (
	// Unknown is the zero value: nobody has said which.
	Unknown Dialect = iota
	// Mailman2 is Mailman 2.1 on Python 2, and its ports to Python 3.
	Mailman2
	// Mailman3 is Mailman 3.
	Mailman3
)

// ParseDialect reads "mailman2" or "mailman3".
func ParseDialect(s string) (Dialect, error) {
	switch s {
	case "mailman2":
		return Mailman2, nil
	case "mailman3":
		return Mailman3, nil
	}
	return Unknown, fmt.Errorf("format %q is neither mailman2 nor mailman3", s)
}

// String is what ParseDialect reads, or "unknown".
func (d Dialect) String() string {
	switch d {
	case Mailman2:
		return "mailman2"
	case Mailman3:
		return "mailman3"
	}
	return "unknown"
}

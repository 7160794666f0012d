package cmdline

import (
	"bufio"
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"switchboard/pkg/message"
	"switchboard/pkg/pickle"
)

// dying is a file whose disk fails the second time that its end is read.
type dying struct {
	*bytes.Reader
	reads int
}

func (d *dying) ReadAt(p []byte, off int64) (int, error) {
	if off <= d.Size()/2 && d.Size()/2 < off+int64(len(p)) {
		if d.reads++; d.reads == 2 {
			return 0, unix.EIO
		}
	}
	return d.Reader.ReadAt(p, off)
}

// TestJSONCutOff checks that a message that cannot be read to its end spoils its own
// line and no other.
func TestJSONCutOff(t *testing.T) {
	t.Parallel()
	file := pickle.AppendStop(pickle.AppendByteString(nil, strings.Repeat("All work and no play.\n", 20_000)))
	file = append(file, "}."...)
	var out bytes.Buffer
	c := &Context{Out: bufio.NewWriter(&out), end: '\n'}
	content, err := message.Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	broken, err := message.Read(&dying{Reader: bytes.NewReader(file)}, int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.JSON(Record{Path: "in/a", Content: broken, Message: true}); err == nil || !strings.Contains(err.Error(), "in/a: ") {
		t.Fatalf("%v", err)
	}
	if err := c.JSON(Record{Path: "in/b", Content: content, Message: true}); err != nil {
		t.Fatal(err)
	}
	if err := c.Out.Flush(); err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(out.String(), "\n")
	if len(lines) != 3 || json.Valid([]byte(lines[0])) || !json.Valid([]byte(lines[1])) {
		t.Errorf("%d lines", len(lines))
	}
}

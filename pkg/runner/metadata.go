package runner

import (
	"os"
	"path/filepath"
	"strings"

	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// metadataDir holds the Q_METADATA files of a run: a directory that is nobody
// else's business, and gone with the run. One that a crash leaves behind is of
// no use and in nobody's way.
type metadataDir struct {
	parent, path string
}

// write makes the file of an entry.
func (m *metadataDir) write(id queue.ID, c *message.Content) (string, error) {
	text, err := c.AppendMetadata(nil)
	if err != nil {
		return "", err
	}
	if m.path == "" {
		if m.path, err = os.MkdirTemp(m.parent, "qrun-"); err != nil {
			return "", err
		}
	}
	path := filepath.Join(m.path, id.String()+".json")
	if err := os.WriteFile(path, append(text, '\n'), 0o600); err != nil {
		os.Remove(path)
		return "", err
	}
	return path, nil
}

func (m *metadataDir) remove() {
	if m.path != "" {
		os.RemoveAll(m.path)
	}
}

// longestList bounds Q_LIST. A list's name is data of unknown authors, and the
// system refuses to start a command with a variable of 128 KiB.
const longestList = 1000

// environment is that of the command for one entry.
func environment(base []string, dir *queue.Dir, claim *queue.Claim, metadata string) []string {
	list := claim.Content.List()
	if len(list) > longestList || strings.ContainsRune(list, 0) {
		list = ""
	}
	env := make([]string, 0, len(base)+4)
	for _, v := range base {
		if !strings.HasPrefix(v, "Q_QUEUE=") && !strings.HasPrefix(v, "Q_ENTRY=") &&
			!strings.HasPrefix(v, "Q_LIST=") && !strings.HasPrefix(v, "Q_METADATA=") {
			env = append(env, v)
		}
	}
	return append(env,
		"Q_QUEUE="+dir.Path(), "Q_ENTRY="+claim.Path(), "Q_LIST="+list, "Q_METADATA="+metadata)
}

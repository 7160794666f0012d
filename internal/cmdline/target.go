package cmdline

import (
	"os"
	"strings"

	"switchboard/pkg/queue"
)

// Target finds the queue that entries move to. If the operand is a name without a slash
// that is neither a directory nor in the configuration, it means a queue beside each
// entry's own: dir is nil then, and beside is the name.
func (q *Queues) Target(operand string) (dir queue.Queue, beside string, err error) {
	conf, err := q.Config()
	if err != nil {
		return nil, "", err
	}
	if besideName(operand) {
		_, configured := conf.Named(operand)
		if st, err := os.Stat(operand); !configured && (err != nil || !st.IsDir()) {
			return nil, operand, nil
		}
	}
	dir, _, err = q.Open(operand)
	return dir, "", err
}

// besideName reports whether a queue beside another may be made by this name. A colon
// stands for another kind of queue, and a control character is a slip.
func besideName(name string) bool {
	return name[0] != '.' && name[0] != '-' && !strings.ContainsFunc(name, func(r rune) bool {
		return r == '/' || r == ':' || r < ' ' || r == 0x7f
	})
}

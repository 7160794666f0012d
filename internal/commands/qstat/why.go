package qstat

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"switchboard/internal/cmdline"
	"switchboard/pkg/config"
	"switchboard/pkg/mailmanlog"
	"switchboard/pkg/queue"
	"switchboard/pkg/site"
)

// mailmanLogs are the logs that were looked at, by path.
type mailmanLogs map[string]*mailmanlog.Log

// reason looks up in Mailman's log why it shunted or preserved an entry. It returns nil if
// Mailman did neither, or if the log does not say. If qdeliver moved the entry, its metadata
// says why.
func (s *stat) reason(o cmdline.Operand, f *found) *mailmanlog.Reason {
	if m := f.content(); m != nil {
		if d, ok := m.Delivery(); ok && len(d.Answers) > 0 {
			return nil
		}
	}
	if !wasShunted(o.Dir, f) && f.state != queue.Preserved {
		return nil
	}
	paths, configured := []string{o.Settings.MailmanLog}, o.Settings.MailmanLog != ""
	if !configured && config.Scheme(o.Dir.Path()) != "" {
		return nil // no Mailman works there
	}
	if !configured {
		paths = site.Logs(o.Dir.Path())
	}
	entry, said := mailmanlog.Entry{Base: f.id.String()}, false
	if m := f.content(); m != nil && m.WhichQueue() == "" && f.state != queue.Preserved {
		// Mailman 3 notes no origin if the list does not exist.
		entry.MessageID, _ = m.Decoded("Message-ID")
		entry.List = m.List()
	}
	for _, path := range paths {
		log := s.logs[path]
		if log == nil {
			if s.logs == nil {
				s.logs = mailmanLogs{}
			}
			if log = mailmanlog.New(path); !configured {
				log = mailmanlog.NewUntrusted(path, func(path string) (*os.File, error) { return queue.OpenUntrusted("", path) })
			}
			s.logs[path] = log
		}
		r, err := log.Reason(entry)
		// Most of the places where a log may be do not exist. One error is enough: all of
		// them may be in a directory that may not be read.
		if err != nil && !said && (configured || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR)) {
			s.c.Notice(err)
			said = true
		}
		if r != nil {
			return r
		}
	}
	return nil
}

// wasShunted reports whether an entry is in a shunt queue, or says that it came from
// another queue.
func wasShunted(dir queue.Queue, f *found) bool {
	name := cmdline.QueueName(dir.Path())
	if name == "shunt" {
		return true
	}
	m := f.content()
	return m != nil && m.WhichQueue() != "" && filepath.Base(m.WhichQueue()) != name
}

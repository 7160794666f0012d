package cmdline

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"switchboard/pkg/config"
	"switchboard/pkg/queue"
	"switchboard/pkg/site"
)

// dirSlot keeps the result of opening a queue: the open queue, or the error.
type dirSlot struct {
	dir      queue.Queue
	settings config.Queue
	err      error
	// checked means that the directory was checked. refused says why it is not a queue.
	checked bool
	refused error
}

// check refuses a directory that is not a queue. A directory that the configuration names
// always is one.
func (s *dirSlot) check() error {
	if s.err == nil && !s.checked && !s.settings.Configured {
		s.checked, s.refused = true, s.dir.Check(site.HasRunner)
	}
	return s.refused
}

// resolve finds the queue that an operand means: a directory, or else the name of one in
// the configuration. A command that only looks also takes the name of a queue that was
// found on this machine. Others do not: a script that runs in the wrong directory must not
// take mail from a Mailman that it was not written for.
func (q *Queues) resolve(operand string) (config.Queue, error) {
	conf, err := q.Config()
	if err != nil {
		return config.Queue{}, err
	}
	if !strings.Contains(operand, "/") && config.Scheme(operand) == "" {
		if st, err := os.Stat(operand); err != nil || !st.IsDir() {
			if found, ok := conf.Named(operand); ok {
				return found, nil
			}
			if q.looks && err != nil {
				if operand, err = q.installed(operand); err != nil {
					return config.Queue{}, err
				}
			}
		}
	}
	return conf.At(operand), nil
}

// Open opens the queue that an operand means, or returns the queue if it is already
// open. A directory that is not a queue is an error.
func (q *Queues) Open(operand string) (queue.Queue, config.Queue, error) {
	slot, ok := q.dirs[operand]
	if !ok {
		slot = &dirSlot{}
		if slot.settings, slot.err = q.resolve(operand); slot.err == nil {
			slot.dir, slot.err = q.openPath(slot.settings.Path, q.openWith(slot.settings))
			slot.err = q.explainFile(slot.settings.Path, q.suggest(operand, slot.err))
		}
		q.keep(operand, slot)
	}
	if err := slot.check(); err != nil {
		return nil, slot.settings, err
	}
	return slot.dir, slot.settings, slot.err
}

// OpenOrigin opens the queue that an entry of dir came from, or returns the queue if it
// is already open.
func (q *Queues) OpenOrigin(dir queue.Queue, origin queue.Origin) (queue.Queue, error) {
	// An entry is trusted less than an operand, so the two must not share a slot. No
	// operand contains a NUL.
	key := origin.Path + "\x00" + dir.Path()
	if slot, ok := q.dirs[key]; ok {
		return slot.dir, slot.err
	}
	slot := &dirSlot{}
	conf, err := q.Config()
	if slot.err = err; err == nil {
		slot.settings = conf.At(origin.Path)
		slot.dir, slot.err = dir.OpenOrigin(origin, q.openWith(slot.settings))
	}
	q.keep(key, slot)
	return slot.dir, slot.err
}

// explainFile says that an operand is a file. If the command takes entries, it also says
// what an entry's name looks like, because one may have been meant. The same holds for
// a missing file with an entry's extension, such as a pattern that matches nothing.
func (q *Queues) explainFile(path string, err error) error {
	var missing *queue.Error
	if ext := filepath.Ext(path); q.takesEntries && (ext == ".pck" || ext == ".bak" || ext == ".psv") &&
		errors.Is(err, unix.ENOENT) && errors.As(err, &missing) {
		return &queue.Error{Path: missing.Path, Err: missing.Err, Remedy: entryForm}
	}
	if !errors.Is(err, unix.ENOTDIR) {
		return err
	}
	if st, statErr := os.Stat(path); statErr != nil || !st.Mode().IsRegular() {
		return err
	}
	e := &queue.Error{Path: path, Err: isFile{unix.ENOTDIR}}
	if q.takesEntries {
		e.Remedy = entryForm
	}
	return e
}

// isFile is the ENOTDIR of a queue that is a file.
type isFile struct{ error }

func (isFile) Error() string   { return "is a file, not a queue" }
func (e isFile) Unwrap() error { return e.error }

// checkOptions refuses directories that options name and that are not queues.
func (q *Queues) checkOptions() error {
	for _, path := range []string{q.options.Bad, q.options.Shunt, q.options.Retry} {
		if err := q.checkOption(path); err != nil {
			return err
		}
	}
	return nil
}

// checkOption refuses a directory that is not a queue. A directory that does not exist
// is accepted, because it may be made later.
func (q *Queues) checkOption(path string) error {
	if path == "" || config.Scheme(path) != "" {
		return nil
	}
	conf, err := q.Config()
	if err != nil {
		return err
	}
	if conf.At(path).Configured {
		return nil
	}
	dir, err := queue.Open(path, queue.Options{})
	if err != nil {
		return nil
	}
	defer dir.Close()
	return dir.Check(site.HasRunner)
}

// keep remembers a queue, unless it could not be opened because too many files are open, or
// because its server does not answer: later that may succeed.
func (q *Queues) keep(key string, slot *dirSlot) {
	if !queue.Crowded(slot.err) && !queue.Unavailable(slot.err) {
		q.dirs[key] = slot
	}
}

// Create opens the queue that an operand means. It creates the queue if it is missing.
func (q *Queues) Create(operand string) (queue.Queue, config.Queue, error) {
	settings, err := q.resolve(operand)
	if err != nil {
		return nil, settings, err
	}
	if config.Scheme(settings.Path) != "" {
		return q.Open(operand) // it needs no creating
	}
	slot := &dirSlot{settings: settings}
	slot.dir, slot.err = asQueue(queue.Create(settings.Path, q.openWith(settings)))
	q.dirs[operand] = slot
	return q.Open(operand)
}

// Sync makes the moves in all open queues durable.
func (q *Queues) Sync() error {
	var errs []error
	for _, slot := range q.dirs {
		if slot.dir != nil {
			errs = append(errs, slot.dir.Sync())
		}
	}
	return errors.Join(errs...)
}

func (q *Queues) close() {
	for _, slot := range q.dirs {
		if slot.dir != nil {
			slot.dir.Close()
		}
	}
	q.kinds.close()
}

// asQueue makes a Queue of the result of opening a directory. A nil *queue.Dir would not be
// a nil Queue.
func asQueue(dir *queue.Dir, err error) (queue.Queue, error) {
	if err != nil {
		return nil, err
	}
	return dir, nil
}

// openAt opens the queue that an entry's path is in. Unlike Open it takes no
// names: "in/X.pck" is a path.
func (q *Queues) openAt(path string) (queue.Queue, config.Queue, error) {
	key := path
	if !strings.Contains(path, "/") && path != "." && config.Scheme(path) == "" {
		key = "./" + path // to Open, the same word may be a name in the configuration
	}
	if slot, ok := q.dirs[key]; ok {
		return slot.dir, slot.settings, slot.err
	}
	slot := &dirSlot{}
	conf, err := q.Config()
	if slot.err = err; err == nil {
		slot.settings = conf.At(path)
		slot.dir, slot.err = q.openPath(path, q.openWith(slot.settings))
	}
	q.keep(key, slot)
	return slot.dir, slot.settings, slot.err
}

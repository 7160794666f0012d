package cmdline

import (
	"switchboard/pkg/journal"
	"switchboard/pkg/queue"
)

// trace shows and logs a change of an entry's state.
func (c *Context) trace(e queue.Event) {
	if c.options.Verbose {
		c.show(e)
	}
	if c.log().On() && e.Kind != queue.WasSwept {
		c.record(e)
	}
}

// show prints the line of -v.
func (c *Context) show(e queue.Event) {
	switch {
	case e.From == "":
		c.Note("stored " + e.To)
	case e.To == "":
		c.Note("removed " + e.From)
	default:
		c.Note(e.From + " -> " + e.To)
	}
}

// record writes the line of the log. The work goes on if that fails, and the exit status is
// that of the work: a mail server would store a message again otherwise.
func (c *Context) record(e queue.Event) {
	if c.journal == nil {
		log := c.log()
		c.journal = journal.New(journal.Options{Path: log.Path, JSON: log.JSON, Command: c.Name})
	}
	if err := c.journal.Log(e); err != nil {
		c.Notice(err)
	}
}

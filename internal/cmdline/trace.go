package cmdline

import (
	"switchboard/pkg/journal"
	"switchboard/pkg/queue"
)

// trace shows and logs a change of an entry's state.
func (c *Context) trace(e queue.Event) {
	c.mu.Lock()
	c.changes++
	c.mu.Unlock()
	if c.options.Verbose {
		c.show(e)
	}
	if c.log().On() && e.Kind != queue.WasSwept {
		c.record(e)
	}
}

// Changes returns how many changes -v has shown.
func (c *Context) Changes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changes
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
	if err := c.openLog().Log(e); err != nil {
		c.Notice(err)
	}
}

// LogDelivery logs what became of a message for one recipient, if the configuration names a
// log. Several goroutines may call it at once.
func (c *Context) LogDelivery(d journal.Delivery) {
	if !c.log().On() {
		return
	}
	if err := c.openLog().LogDelivery(d); err != nil {
		c.Notice(err)
	}
}

// openLog returns the log.
func (c *Context) openLog() *journal.Journal {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.journal == nil {
		log := c.log()
		c.journal = journal.New(journal.Options{Path: log.Path, JSON: log.JSON, Command: c.Name})
	}
	return c.journal
}

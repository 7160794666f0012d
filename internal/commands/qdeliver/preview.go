package qdeliver

import (
	"errors"
	"time"

	"switchboard/internal/cmdline"
	"switchboard/pkg/deliver"
	"switchboard/pkg/queue"
)

// preview prints who would get what from whom. It claims nothing and opens no connection.
type preview struct {
	*options
	c      *cmdline.Context
	domain string
	now    time.Time
	// homeless are the lists without a known domain that were reported: once says it.
	homeless map[string]bool
	// printed means that there is something to send.
	printed bool
}

func (o *options) newPreview(c *cmdline.Context, settings deliver.Options) *preview {
	c.MapStatus(mapStatus)
	return &preview{options: o, c: c, domain: settings.Domain, now: time.Now(), homeless: map[string]bool{}}
}

// previewQueue prints what a run over the queue that the operand names would send.
func (o *options) previewQueue(c *cmdline.Context, settings deliver.Options) error {
	dir, _, err := c.Open(c.Args[0])
	if err != nil {
		return err
	}
	p := o.newPreview(c, settings)
	for file, err := range dir.List(o.Slice.Value.Filter(), queue.Ready) {
		if err != nil {
			return err
		}
		if err := p.entry(dir, file.ID); err != nil {
			return err
		}
	}
	retry, err := openRetry(c, dir)
	if err != nil || retry == nil {
		return p.end(err)
	}
	due, err := deliver.Due(retry, o.Slice.Value, p.now)
	for _, id := range due {
		if err := p.entry(retry, id); err != nil {
			return err
		}
	}
	return p.end(err)
}

// previewEntries prints what would be sent of the entries that operands name.
func (o *options) previewEntries(c *cmdline.Context, settings deliver.Options) error {
	if err := o.onlyQueue(); err != nil {
		return err
	}
	p := o.newPreview(c, settings)
	p.now = time.Time{} // they are sent even if they are not due
	err := c.Entries(c.Args, func(operand cmdline.Operand) error {
		if err := operand.Look(queue.Ready); err != nil {
			return err
		}
		return p.entry(operand.Dir, operand.ID)
	})
	return p.end(err)
}

// entry prints the recipients of an entry. It reports an error about the entry, and returns
// one of standard output.
func (p *preview) entry(dir queue.Queue, id queue.ID) error {
	e, err := dir.Read(id, queue.Ready)
	if e != nil {
		defer e.Close()
	}
	if err != nil {
		p.c.Report(err)
		return nil
	}
	path := dir.EntryPath(id, queue.Ready)
	look, err := deliver.Look(e.Content, p.domain)
	if err != nil {
		list := e.Content.List()
		if !errors.Is(err, deliver.ErrNeedsDomain) || !p.homeless[list] {
			p.c.Report(deliver.Named(path, err))
		}
		if errors.Is(err, deliver.ErrNeedsDomain) {
			p.homeless[list] = true
		}
		return nil
	}
	if !p.now.IsZero() && look.After.After(p.now) {
		if p.Verbose {
			p.c.Note(path + ": not due before " + look.After.Format(time.RFC3339))
		}
		return nil
	}
	if p.Verbose && look.Undecorated != "" {
		p.c.Note(path + ": without " + look.Undecorated + ", which Mailman adds while it sends")
	}
	for sender, recipient := range look.Recipients {
		p.printed = true
		if err := p.line(dir, path, sender, recipient); err != nil {
			return err
		}
	}
	return nil
}

// line prints a line.
func (p *preview) line(dir queue.Queue, path, sender, recipient string) error {
	if p.JSON {
		return p.c.Object(cmdline.Object{"entry": path, "queue": dir.Path(), "sender": sender, "recipient": recipient})
	}
	return p.c.Println(path + "\t" + cmdline.Printable(sender) + "\t" + cmdline.Printable(recipient))
}

// end returns the command's error: err, or the exit status.
func (p *preview) end(err error) error {
	if err == nil && !p.printed {
		return cmdline.Exit(cmdline.Nothing)
	}
	return err
}

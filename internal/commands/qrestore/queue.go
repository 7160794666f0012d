package qrestore

import (
	"fmt"
	"time"

	"switchboard/internal/cmdline"
	"switchboard/pkg/choose"
	"switchboard/pkg/config"
	"switchboard/pkg/queue"
)

// states are what --state takes. Entries in flight are restored, all others are released.
var states = cmdline.States{
	All:   []queue.State{queue.InFlight, queue.Ready, queue.Preserved},
	Any:   []queue.State{queue.Ready, queue.Preserved},
	Usage: "in `STATE`: inflight (default), ready, preserved, any",
}

// choice returns which entries of a queue are restored or released.
func (o *options) choice() choose.Choice {
	usual := queue.InFlight
	if o.origin {
		usual = queue.Ready
	}
	return o.chosen.Choice(usual, time.Now())
}

// conflict refuses a --state that does not go with the other options.
func (o *options) conflict() error {
	switch states := o.choice().States; {
	case !o.chosen.StateGiven():
	case states[0] == queue.InFlight && o.origin:
		return cmdline.Usagef("--origin is for ready and preserved entries, not for those in flight")
	case states[0] == queue.Ready && !o.origin:
		// Only a person knows whether ready entries are shunted ones.
		return cmdline.Usagef("--state %s needs --origin and a shunt queue", cmdline.StateWord(states))
	}
	return nil
}

// queue restores or releases the chosen entries of a queue.
func (r *restorer) queue(operand string) error {
	dir, settings, err := r.c.Open(operand)
	if err != nil {
		return err
	}
	choice := r.choice()
	restores := choice.States[0] == queue.InFlight
	if restores {
		if err := r.checkRestore(operand, dir, settings); err != nil {
			return err
		}
	}
	switch {
	case choice.Restricts():
		return r.c.Chosen(operand, choice, func(of cmdline.Operand, ids []queue.ID) { r.group(of, ids, true) })
	case restores:
		return r.restoreAll(dir, r.c.MaxRestores(settings))
	}
	for _, state := range choice.States {
		if err := dir.Release(r.release(dir, state), r.wasReleased); err != nil {
			return err
		}
	}
	return nil
}

// checkRestore refuses to restore entries in flight that others may work on.
func (r *restorer) checkRestore(operand string, dir queue.Queue, settings config.Queue) error {
	if r.To != "" {
		return cmdline.Usagef("%s: --to needs preserved entries, as operands or by --state preserved, or --origin and a shunt queue", operand)
	}
	if err := r.refuse(dir.Path(), settings); err != nil || r.Force || r.DryRun {
		return err
	}
	return dir.LockSlice(r.Slice.Value, false)
}

// restoreAll restores the entries in flight of the slice, and removes the temporary files of
// the queue.
func (r *restorer) restoreAll(dir queue.Queue, maxRestores int) error {
	o, found := r.restore, false
	o.MaxRestores = maxRestores
	swept, err := dir.RestoreAndSweep(o, queue.DebrisAge, func(entry queue.Outcome, err error) {
		found = true
		r.wasRestored(entry, err)
	})
	if o.DryRun {
		for _, path := range swept {
			r.c.Note("would remove " + path)
		}
	}
	if err == nil && !found {
		return r.hint(dir)
	}
	return err
}

// hint tells a person what a queue with nothing in flight has instead: somebody who names a
// bad queue or a shunt queue wants its entries released.
func (r *restorer) hint(dir queue.Queue) error {
	if !r.c.Interactive() {
		return nil
	}
	n, err := dir.Count(r.Slice.Value)
	if err != nil {
		return err
	}
	if ready := n.ByState[queue.Ready]; ready > 0 && cmdline.QueueName(dir.Path()) == "shunt" {
		r.c.Note(fmt.Sprintf("%s: nothing is in flight, %d ready: --origin releases them", dir.Path(), ready))
	}
	if preserved := n.ByState[queue.Preserved]; preserved > 0 {
		r.c.Note(fmt.Sprintf("%s: nothing is in flight, %d preserved: --state preserved releases them", dir.Path(), preserved))
	}
	return nil
}

package queue

import (
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"switchboard/pkg/message"
)

// The scenarios set these keys: how often an entry was noted, noteTexts texts for each time,
// and what an entry was split off for.
const (
	notedKey  = "switchboard_noted"
	listKey   = "switchboard_list"
	partKey   = "switchboard_part"
	noteTexts = 30
)

// noteOf returns the settings of the n-th note.
func noteOf(n int) []message.Setting {
	texts := make([]string, n*noteTexts)
	for i := range texts {
		texts[i] = fmt.Sprintf("%d@example.com", i)
	}
	return []message.Setting{{Key: notedKey, Value: n}, {Key: listKey, Value: texts}}
}

// span returns the outcomes at some places with any of some numbers of restores and notes.
func span(restores, noted [2]int, places ...place) (all []outcome) {
	for _, p := range places {
		for r := restores[0]; r <= restores[1]; r++ {
			for n := noted[0]; n <= noted[1]; n++ {
				all = append(all, outcome{p, r, n})
			}
		}
	}
	return all
}

// noting sets up a ready entry that is claimed and noted n times. It is reported as done
// after the last note. A power cut may undo the claim, but no note.
func noting(n int) func(*world) {
	return one(ready, &mail{
		before: span([2]int{}, [2]int{0, n}, ready, inFlight), after: span([2]int{}, [2]int{n, n}, ready, inFlight),
		again: span([2]int{}, [2]int{0, n}, inFlight),
	})
}

// claimed opens a queue, restores it, and calls do with the claim of the first mail, if that
// is ready.
func claimed(w *world, queue string, restore bool, do func(*Claim) error) error {
	d, err := w.open(queue, Options{Shunt: w.shunt(), Retry: w.later()})
	if err != nil {
		return err
	}
	var errs []error
	if restore {
		errs = append(errs, d.Restore(RestoreOptions{MaxRestores: DefaultMaxRestores}, func(r Outcome, err error) {
			if errs = append(errs, err); err == nil && r.Interrupted {
				w.done(0)
			}
		}))
	}
	c, err := d.Dequeue(w.mails[0].id)
	switch {
	case err == nil:
		errs = append(errs, do(c), c.Close(), d.Sync())
	case !errors.Is(err, ErrState):
		errs = append(errs, err)
	case errors.As(err, new(movedOn)):
		w.done(0)
	}
	return errors.Join(append(errs, d.Close())...)
}

// noteAll claims the mail and notes as often as it may be noted.
func noteAll(w *world) error {
	last := w.mails[0].after[0].noted
	return claimed(w, "/q/in", false, func(c *Claim) error {
		for n := range last {
			if err := c.Note(noteOf(n + 1)...); err != nil {
				return err
			}
			if noted, _, err := c.Content.Count(notedKey); noted != n+1 || err != nil {
				return fmt.Errorf("/q/in: %d notes in the claim, not %d; %w", noted, n+1, err)
			}
		}
		w.done(0)
		return nil
	})
}

// later returns the retry queue of a scenario: the far one if a mail may go there.
func (w *world) later() string {
	for _, m := range w.mails {
		for _, o := range m.before {
			if o.place == farLater {
				return farLater.dir
			}
		}
	}
	return ""
}

// retrying sets up a ready entry that is noted and moves to the retry queue. The notes of a
// run that was killed stay in it.
func retrying(to place) func(*world) {
	return one(ready, &mail{
		before:  append(span([2]int{0, 2}, [2]int{0, 1}, ready, inFlight), outcome{to, 0, 1}),
		after:   []outcome{{to, 0, 1}},
		retried: true, double: to == farLater,
	})
}

// retryingInPlace sets up an entry in the retry queue.
func retryingInPlace(w *world) {
	w.disk.Mkdir(later.dir, listUID, listGID)
	w.add(later, &mail{
		before: span([2]int{0, 2}, [2]int{0, 1}, later, place{later.dir, InFlight}),
		after:  []outcome{{later, 0, 1}}, again: span([2]int{}, [2]int{1, 1}, later, place{later.dir, InFlight}),
	})
}

// retryAll works like a runner whose handler puts every entry off.
func retryAll(w *world) error { return retryIn(w, "/q/in") }

func retryInPlace(w *world) error { return retryIn(w, later.dir) }

func retryIn(w *world, queue string) error {
	return claimed(w, queue, true, func(c *Claim) error {
		to, err := c.Retry(noteOf(1)...)
		if err == nil {
			w.done(0)
			err = present(w, path.Clean(to))
		}
		return err
	})
}

// shuntingNoted is shunting for an entry that gets more metadata.
func shuntingNoted(w *world) {
	w.add(ready, &mail{
		before: append(span([2]int{0, 2}, [2]int{0, 1}, ready, inFlight), outcome{shunted, 0, 1}),
		after:  []outcome{{shunted, 0, 1}}, again: span([2]int{0, 2}, [2]int{1, 1}, shunted), retried: true,
	})
}

func shuntNoted(w *world) error {
	return claimed(w, "/q/in", true, func(c *Claim) error {
		to, err := c.Shunt(noteOf(1)...)
		if err == nil {
			w.done(0)
			err = present(w, path.Clean(to))
		}
		return err
	})
}

// splitting sets up an entry of which one part is shunted and the rest retried.
func splitting(w *world) {
	retrying(later)(w)
	whole := w.mails[0]
	w.mails = append(w.mails, &mail{
		text: whole.text, file: whole.file, end: whole.end, id: whole.id.Derive("refused"), part: "refused",
		before: []outcome{gone, at(shunted, 0)}, after: []outcome{at(shunted, 0)}, again: []outcome{at(shunted, 0)},
	})
}

func splitAndRetry(w *world) error {
	return claimed(w, "/q/in", true, func(c *Claim) error {
		part, err := c.Split("refused", message.Setting{Key: partKey, Value: "refused"})
		if err != nil {
			return err
		}
		w.done(1)
		to, err := c.Retry(noteOf(1)...)
		if err == nil {
			w.done(0)
			err = present(w, path.Clean(to))
		}
		return errors.Join(err, present(w, path.Clean(part)))
	})
}

// noticing sets up an entry that is finished after a notice about it was stored.
func noticing(w *world) {
	w.add(ready, &mail{
		before: append(span([2]int{0, 2}, [2]int{}, ready, inFlight), gone), after: []outcome{gone},
		again: []outcome{gone}, retried: true,
	})
	w.mails = append(w.mails, &mail{
		text:   "Subject: notice\n\n" + strings.Repeat("No.\n", 50),
		before: []outcome{gone, at(ready, 0)}, after: []outcome{at(ready, 0)}, again: []outcome{at(ready, 0)},
	})
}

func noticeAndFinish(w *world) error {
	finished := false
	err := claimed(w, "/q/in", true, func(c *Claim) error {
		to, err := c.Notice("refused", Metadata{Items: []message.Item{{Key: "listname", Value: "test"}}}, func(to io.Writer) error {
			_, err := io.WriteString(to, w.mails[1].text)
			return err
		})
		if err != nil {
			return err
		}
		w.done(1)
		finished = true
		return errors.Join(present(w, path.Clean(to)), c.Held.(*claim).dir.finish(c.ID))
	})
	if finished && err == nil {
		w.done(0)
	}
	return err
}

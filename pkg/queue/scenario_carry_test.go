package queue

import "errors"

// elsewhereKind hides that a queue is a directory, so that entries are carried to it.
type elsewhereKind struct{ Queue }

// carry moves all mails to a queue of another kind.
func carry(from, to place) func(*world) error {
	return func(w *world) error {
		d, err := w.open(from.dir, Options{})
		if err != nil {
			return err
		}
		other, err := w.open(to.dir, Options{})
		if err != nil {
			return errors.Join(err, d.Close())
		}
		err = w.eachOutcome(func(ids []ID, done func(Outcome, error)) {
			d.Move(ids, MoveOptions{From: from.state, To: elsewhereKind{other}}, done)
		})
		return errors.Join(err, other.Close(), d.Close())
	}
}

// restoreAndCarry is what a person does after a crash.
func restoreAndCarry(w *world) error {
	return errors.Join(restoreBare(w), carry(ready, farHold)(w))
}

// carrying sets up n entries that are carried.
func carrying(n int, from place) func(*world) {
	return func(w *world) {
		moving(n, from, farHold, farHold.dir)(w)
		for _, m := range w.mails {
			m.carried = true
		}
	}
}

// scenariosOfCarrying are the ways of Carrier and of Take.
var scenariosOfCarrying = []scenario{
	{"carry", carrying(1, ready), carry(ready, farHold), restoreAndCarry},
	{"carry three", carrying(3, ready), carry(ready, farHold), restoreAndCarry},
	{"carry a preserved one", carrying(1, preserved), carry(preserved, farHold), nil},
}

func init() { scenarios = append(scenarios, scenariosOfCarrying...) }

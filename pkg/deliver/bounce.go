package deliver

import "switchboard/pkg/queue"

// bounce stores a notice to the sender about those who were refused, and about those who were
// tried for long enough.
func (e *entry) bounce(claim *queue.Claim, x fate) error {
	return nil // TODO
}

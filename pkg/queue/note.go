package queue

import "switchboard/pkg/message"

// movingToKey is the metadata key in which an entry that is about to be copied to
// another filesystem has the path, without links, of the queue that it moves to. A crash
// between the copy's rename and the unlink of the original leaves the entry in both
// queues. By the note whoever comes next finds the copy, with whatever options and by
// whatever path, and completes the move. The copy has it, too: there it names the queue
// that the copy is in, and says that the move is complete. So it never has to be cleared.
// Mailman drops keys that begin with "_" when it hands an entry on.
const movingToKey = message.MovingToKey

// noteMove is what is to be set in an entry that is about to be copied to another
// filesystem.
func noteMove(c *message.Content, to *Dir) []message.Setting {
	if c.MovingTo() == to.resolved() {
		return nil
	}
	return []message.Setting{{Key: movingToKey, Value: to.resolved()}}
}

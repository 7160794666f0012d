package pgqueue

import (
	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// about describes an entry. Without Options.Describe it returns nil and looks at nothing.
func (q *Queue) about(content *message.Content) *queue.About {
	if !q.opt.Describe || content == nil {
		return nil
	}
	return queue.AboutContent(content)
}

// trace tells Options.Trace of an event that is durable.
func (q *Queue) trace(e queue.Event) {
	if q.opt.Trace != nil && e.Kind != "" {
		q.opt.Trace(e)
	}
}

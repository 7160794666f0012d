package runner

// Event returns an outcome as data, for programs. queue is the path of the entry's queue.
func (o Outcome) Event(queue string) map[string]any {
	event := map[string]any{"entry": o.From, "queue": queue, "outcome": string(o.Kind), "restores": o.Restores}
	if o.To != "" {
		event["to"] = o.To
	}
	if o.Why != "" {
		event["reason"] = o.Why
	}
	if o.Ran {
		event["milliseconds"] = int(o.Elapsed.Milliseconds())
	}
	if o.Exit == nil {
		return event
	}
	if o.Exit.Status >= 0 {
		event["status"] = o.Exit.Status
	}
	if o.Exit.Signal != nil {
		event["signal"] = SignalName(o.Exit.Signal)
	}
	if o.Exit.TimedOut {
		event["timeout"] = true
	}
	return event
}

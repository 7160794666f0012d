// Package runner runs the built qrun: beside others of its kind and of
// ours, over messages that bring their reader down, as a service, and to a real
// mail server.
package runner

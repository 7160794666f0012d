// Package runner runs the built qrun: next to other runs and to our other commands, over
// messages that bring down their reader, as a service, and with a real mail server.
package runner

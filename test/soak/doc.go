// Package soak has everything happen at once on one site, for a minute or for hours: programs that
// store, shell loops, two runners, a cron job that restores, people who sort mail, and a real Mailman
// that stores; their commands are killed and stopped at random, and the disk is full now and then. At
// the end every message is accounted for.
package soak

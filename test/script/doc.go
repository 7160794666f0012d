// Package script holds sessions with the built commands, as a user has them.
package script

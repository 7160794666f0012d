// Package script uses the built commands as a user does: each file in testdata
// is a story of commands, what they print, and their exit statuses.
package script

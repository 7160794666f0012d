// Package script uses the built commands as a user does. Each file in testdata is a story:
// commands, what they print, and their exit statuses.
package script

// Package docs holds what is written about the commands to what they do: help,
// manual, completions, README. It holds tests only.
package docs

// Package docs checks that what is written about the commands is true: help, manual,
// completions and README. It has only tests.
package docs

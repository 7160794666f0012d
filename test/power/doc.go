// Package power cuts the power of real filesystems. The commands work on a filesystem while
// its disk is copied at random moments. Each copy is what a machine would find after a power
// cut at that moment.
package power

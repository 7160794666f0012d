// Package power cuts the power of real filesystems. In a guest, workers use the commands on a
// disk whose every write and flush is logged, and write to the same disk what was acknowledged.
// A cut is a place in that log: what was flushed is on the disk, and any part of what was
// written later.
package power

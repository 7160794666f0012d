// Package power cuts the power of real filesystems: the commands work on one
// while its disk is copied at random moments, and each copy is what a machine
// would find after a power cut at that moment.
package power

// Package disk makes disks for tests: images with a filesystem, mounted through loop devices,
// which can be filled and whose power can be cut. It needs root.
package disk

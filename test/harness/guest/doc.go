// Package guest boots another Linux in QEMU for tests: Debian's kernel for clouds, with a root
// in memory, disks whose every write can be logged, and programs that the test runs there.
//
// Start boots it, Run runs a program, and Stop powers it off. The guest ends with the test, and
// with the test process if that is killed. It needs neither root nor a kernel with KVM.
package guest

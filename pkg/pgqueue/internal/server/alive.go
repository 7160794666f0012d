package server

import (
	"context"
	"syscall"
	"time"
)

// alive reports whether a connection that was not in use still can be. A transaction that is
// sent on one that the server has closed would have an unknown outcome. Usually alive asks
// only this machine.
func (c *conn) alive(ctx context.Context) bool {
	if c.socket.quiet() {
		return true
	}
	// The server has sent something: that it ends the connection, or that a setting changed.
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return c.pg.Ping(ctx) == nil
}

// quiet reports whether there is nothing to read from a socket, and not its end either. Read
// would wait for ever: after a slow write, pgx goes on reading in the background, and a read
// waits for the one before.
func (s *socket) quiet() bool {
	nothing := false
	err := s.control(func(fd int) {
		var b [1]byte
		_, _, err := syscall.Recvfrom(fd, b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		nothing = err == syscall.EAGAIN
	})
	return err == nil && nothing
}

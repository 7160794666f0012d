package server

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// directPair returns a direct socket and its other end. One test at a time has one.
func directPair(t *testing.T, network, address string) (s *socket, other net.Conn) {
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	inner, err := net.Dial(network, l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if other, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	s = &socket{Conn: inner, opened: time.Now()}
	t.Cleanup(func() {
		other.Close()
		s.Close()
		if theDirect.Load() == s {
			t.Error("a closed socket is still the direct one")
		}
	})
	if err := s.direct(); err != nil {
		t.Fatal(err)
	}
	if !s.isDirect {
		t.Fatal("the socket is not direct")
	}
	return s, other
}

// TestSocket checks that a direct socket does what those of package net do.
func TestSocket(t *testing.T) {
	for network, address := range map[string]string{"tcp": "127.0.0.1:0", "unix": t.TempDir() + "/s"} {
		t.Run(network, func(t *testing.T) {
			s, other := directPair(t, network, address)
			for _, to := range []struct{ from, to net.Conn }{{s, other}, {other, s}} {
				sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // more than the kernel keeps
				go to.from.Write(sent)
				got := make([]byte, len(sent))
				if _, err := io.ReadFull(to.to, got); err != nil || !bytes.Equal(got, sent) {
					t.Errorf("from %T to %T: %v", to.from, to.to, err)
				}
			}

			if !s.quiet() {
				t.Error("a socket without anything to read is not quiet")
			}
			s.SetDeadline(time.Now().Add(-time.Second))
			if _, err := s.Read(make([]byte, 1)); !isTimeout(err) {
				t.Errorf("Read after the deadline: %v", err)
			}
			if _, err := s.Write(make([]byte, 1)); !isTimeout(err) {
				t.Errorf("Write after the deadline: %v", err)
			}
			s.SetDeadline(time.Time{})

			// Somebody who waits notices a deadline that is set meanwhile.
			read := make(chan error)
			go func() { _, err := s.Read(make([]byte, 1)); read <- err }()
			time.Sleep(2 * notice)
			s.SetReadDeadline(time.Now())
			if err := <-read; !isTimeout(err) {
				t.Errorf("Read until a new deadline: %v", err)
			}
			wrote := make(chan error)
			go func() { _, err := s.Write(make([]byte, 16<<20)); wrote <- err }()
			s.SetWriteDeadline(time.Now().Add(notice))
			if err := <-wrote; !isTimeout(err) {
				t.Errorf("Write until a new deadline: %v", err)
			}
			s.SetDeadline(time.Time{})

			// So do they notice that the other end, or this one, is closed.
			go io.Copy(io.Discard, other)
			if other, ok := other.(interface{ CloseWrite() error }); ok {
				go func() { _, err := s.Read(make([]byte, 1)); read <- err }()
				other.CloseWrite()
				if err := <-read; err != io.EOF {
					t.Errorf("Read at the end: %v", err)
				}
			}
			if s.quiet() {
				t.Error("a socket that has ended is quiet")
			}
		})
	}
}

// TestSocketClose checks that Close ends a Read, and that nothing uses the descriptor after it:
// another file may have its number.
func TestSocketClose(t *testing.T) {
	s, _ := directPair(t, "tcp", "127.0.0.1:0")
	read := make(chan error)
	go func() { _, err := s.Read(make([]byte, 1)); read <- err }()
	start := time.Now()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-read; err != io.EOF && !errors.Is(err, net.ErrClosed) {
		t.Errorf("Read of a socket that is closed: %v", err)
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("Close took %v", took)
	}
	if _, err := s.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Read after Close: %v", err)
	}
	if _, err := s.Write(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Write after Close: %v", err)
	}
	if err := s.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Close after Close: %v", err)
	}
	if s.quiet() {
		t.Error("a closed socket is quiet")
	}
}

func isTimeout(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout() && errors.Is(err, os.ErrDeadlineExceeded)
}

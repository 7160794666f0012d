// Package mailmanlog finds out from Mailman's error log why Mailman shunted or
// preserved an entry.
//
// [New] is the function you want first: it names a log. [Log.Reason] then looks an
// entry up. It reads the log on the first call and remembers what it read for the
// next ones.
//
// Mailman 2.1 writes the log logs/error. Mailman 3 by default writes its errors to
// logs/mailman.log, with everything else. The records are the same:
//
//	Nov 29 21:03:49 2026 (5303) Uncaught runner exception: told to
//	Nov 29 21:03:49 2026 (5303) Traceback (most recent call last):
//	  File "Runner.py", line 119, in _oneloop
//	    self._onefile(msg, msgdata)
//	RuntimeError: told to
//
//	Nov 29 21:03:49 2026 (5303) SHUNTING: 1795986229.813337+3f98ea9eef9a0f8de383e905c063143edd040990
//
// # Guarantees
//
// A log is data: nothing in it is executed or followed. At most [MostRead] bytes of
// a log and its rotated files are read, after decompression, the newest first. Only
// a regular file is opened. A reason is at most [MostText] bytes long, and may
// contain any bytes.
//
// Nothing is guessed. A reason is in the log, under the entry's file base or its
// Message-ID, and the newest one counts. Only what the process with the number in the
// record wrote belongs to it.
//
// # Assumptions
//
// Mailman writes each record at once, with the time and the process number in the
// default format. The times are local times of this machine.
package mailmanlog

// Package pickle reads Python pickles as data, writes them, and takes them
// apart for people.
//
// [Decode] is the function you want first: it reads the pickle at an offset of
// a file. [NewReader] does so for several that stand one behind the other, as
// in a queue file. What comes out is a [Value]: lists, dictionaries, strings,
// and, for everything that Python would have made by calling a class or a
// function, an [Object] that describes the call. [Simplify] knows the calls
// that stand for plain data: sets, bytes, times. [AppendValue] writes a value
// again, the smaller Append functions build a pickle piece by piece, and
// [Disassemble] lists the opcodes.
//
// # Guarantees
//
// Reading runs nothing: no name is looked up, no class built, nothing called.
// All opcodes of protocols 0 to 5 are read but those that need a program's
// help: persistent ids, extension codes and out-of-band buffers are refused.
// Whatever the bytes are, the outcome is a value or an error, never a panic, in
// time proportional to the file's size and in memory of at most 1 MiB and about
// 75 bytes for each of the file's bytes, half a GiB whatever its size: mail takes
// a few kilobytes, and a million recipients 140 MB. No length in the file is believed
// before the file is seen to be that long. Containers are nested 10,000 deep
// at most; integers have 4,300 digits at most; keys of dictionaries are 4 KiB
// at most. Strings of more than 4 KiB in a file of more than 64 KiB are checked
// when the file is read and stay there: a message of any size takes the same
// memory.
//
// # Assumptions
//
// The file is not changed while it or a value of it is in use. If it is, reading
// a long string ends in an error or in other bytes; nothing worse. Values of
// one pickle are not to be used by two goroutines at once when one of them
// changes them; reading them is safe.
//
// Where CPython's readers differ (C or Python, 2.7 or 3), what any of them
// loads is read, unless only an error of the writer could have made it.
package pickle

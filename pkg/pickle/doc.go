// Package pickle reads Python pickles as data, writes them, and lists their opcodes
// for people.
//
// [Decode] is the function you want first: it reads the pickle at an offset of a
// file. [NewReader] reads several pickles that follow one another, as in a queue
// file. The result is a [Value]: lists, dictionaries, strings, and an [Object] for
// everything that Python would have made by calling a class or a function.
// [Simplify] knows the calls that stand for plain data: sets, bytes, times.
//
// [AppendValue] writes a value. The smaller Append functions build a pickle piece
// by piece. [Document] says where in the file a pickle ends and where its last
// small number is, which allows a change in place. [Disassemble] lists the opcodes
// of a pickle, even of a broken one.
//
// # Guarantees
//
// Reading runs nothing: the package looks up no name, builds no class and calls no
// function. It reads all opcodes of protocols 0 to 5 except those that need help
// from a program: it refuses persistent ids, extension codes and out-of-band
// buffers.
//
// Whatever the bytes are, the outcome is a value or an error, never a panic. Time
// is at most proportional to the size of the file. Memory is at most 1 MiB plus about 75
// bytes for each byte of the file, and at most half a GiB: mail takes a few
// kilobytes, a million recipients 140 MB, or 35 MB after [Reader.Pack]. A length in the file counts only once the
// file is seen to be that long. Containers are nested at most 10,000 deep, integers
// have at most 4,300 digits, and keys of dictionaries at most 4 KiB. In a file of
// more than 64 KiB, strings of more than 4 KiB stay in the file: a message of any size
// takes the same memory. A Unicode string of more than 64 KiB is not read at all, except
// in protocol 0. It may turn out not to be UTF-8 when it is read.
//
// # Assumptions
//
// Nobody changes the file while it, or a value read from it, is in use. If somebody
// does, reading a long string returns an error or other bytes, and nothing worse.
// Goroutines may read the values of one pickle at the same time, but not while one
// of them changes a value.
//
// CPython's readers differ (C or Python, 2.7 or 3). This package reads what any of
// them loads, unless only a faulty writer could have written it.
package pickle

# -*- coding: utf-8 -*-
"""Makes codecs.tsv.gz: what every codec of Python for text makes of characters
and bytes.

    for v in 2.7 3.11 3.12 3.13; do python$v codecs.py ask $v.tsv; done
    python3.13 codecs.py join 2.7.tsv 3.11.tsv 3.12.tsv 3.13.tsv codecs.tsv.gz

2.7 must be a build with 32-bit characters. 3.11, 3.12 and 3.13 must answer the
same, which join asserts. A line has the generation of Python, the name of the
codec's module, and one of

    all     what 135,000 characters are in bytes, each by itself: the SHA-256 of
            a byte of length (255 where there is none) and the bytes, one after
            the other, strict
    pairs   the same of the characters that each one and each two bytes are, with
            errors='replace': the SHA-256 of their number in one byte and
            themselves in UTF-32, big-endian. Only 2.7
    encode  characters and their bytes, in hexadecimal, "!" where it fails:
            errors='replace' in 2.7, which uses that, strict in 3
    decode  bytes and their characters with errors='replace'. Only 2.7
"""
from __future__ import print_function
import binascii
import codecs
import encodings
import gzip
import hashlib
import io
import pkgutil
import random
import struct
import sys

PY2 = sys.version_info[0] == 2
char = unichr if PY2 else chr  # noqa: F821
ERRORS = 'replace' if PY2 else 'strict'
SAMPLES = 60

# Parts of byte strings that codecs give a meaning to.
PIECES = [
    b'\x1b$B', b'\x1b(B', b'\x1b$@', b'\x1b(J', b'\x1b$(D', b'\x1b$(C', b'\x1b$)C', b'\x1b(I', b'\x1b.A', b'\x1bN',
    b'\x1b.F', b'\x1b$A', b'\x1b$(O', b'\x1b$(P', b'\x1b$(Q', b'\x1b&@\x1b$B', b'\x0e', b'\x0f', b'~{', b'~}', b'~~',
    b'~\n', b'\n', b'\\u00e9', b'\\xe9', b'\\n', b'\\U0001f600', b'\\1', b'+AOk-', b'+', b'-', b'&', b'\x8f', b'\x8e',
    b'\xa4\xd4', b'\x81\x30', b'\xff\xfe', b'\xfe\xff', b'\xed\xa0\x80', b'\xf0\x9f\x98\x80', b'\xef\xbb\xbf', b'\x00']
ODD = [
    0x304, 0x30c, 0xca, 0xea, 0x309a, 0x304b, 0x300, 0xe6, 0x2e9, 0x2e5, 0x1f600, 0x20001, 0x10ffff, 0xd800, 0xdc80,
    0xdfff, 0xff3c, 0xa5, 0x203e, 0x5c, 0x7e, 0xff5e, 0xfffd, 0xac02, 10, 13]


def one(n):
    return bytes(bytearray([n]))


def hexa(b):
    return binascii.hexlify(b).decode('ascii')


def points(text):
    return ' '.join('%x' % ord(c) for c in text)


def ask(path):
    out = io.open(path, 'w')
    for name in sorted(m[1] for m in pkgutil.iter_modules(encodings.__path__)):
        try:
            codec = codecs.lookup(name)
            if not PY2 and not codec._is_text_encoding or type(u'A'.encode(name).decode(name)) is not type(u''):
                continue
        except (LookupError, UnicodeError, TypeError, AssertionError):
            continue
        if PY2 and name in ('idna', 'punycode'):
            # They fail on errors='replace', or on any bytes.
            continue
        known = characters(codec, name, out)
        if PY2:
            pairs(codec, name, out)
        samples(codec, name, known, out)


def line(out, *fields):
    out.write(u'\t'.join([u'2' if PY2 else u'3'] + [f if isinstance(f, type(u'')) else f.decode('ascii') for f in fields]) + u'\n')


def characters(codec, name, out):
    known, digest = [], hashlib.sha256()
    for c in list(range(0x10000)) + list(range(0x1F000, 0x30000)) + list(range(0x10FF00, 0x110000)):
        try:
            b = codec.encode(char(c), 'strict')[0]
        except UnicodeError:
            digest.update(b'\xff')
            continue
        digest.update(one(len(b)) + b)
        if c >= 0x80:
            known.append(c)
    if name != 'idna':
        line(out, name, u'all', hexa(digest.digest()))
    return known


def pairs(codec, name, out):
    digest = hashlib.sha256()
    for i in range(256):
        for b in [one(i)] + [one(i) + one(j) for j in range(256)]:
            text = codec.decode(b, 'replace')[0]
            digest.update(one(len(text)) + b''.join(struct.pack('>I', ord(c)) for c in text))
    line(out, name, u'pairs', hexa(digest.digest()))


def samples(codec, name, known, out):
    # The same in each Python.
    state = [sum(bytearray(name.encode('ascii')))]

    def below(n):
        state[0] = (state[0] * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state[0] >> 33) % n
    for _ in range(SAMPLES):
        text = []
        for _ in range(below(9)):
            kind = below(20)
            if name == 'idna':
                text.append(0x61 + below(26))
            elif kind < 10 and known:
                text.append(known[below(len(known))])
            elif kind < 15:
                text.append(1 + below(126))
            elif kind < 18:
                text.append(ODD[below(len(ODD))])
            else:
                text.append(0x80 + below(0xFF80))
        text = [char(c) for c in text]
        try:
            b = codec.encode(u''.join(text), ERRORS)[0]
            line(out, name, u'encode', points(text), hexa(b))
        except UnicodeError:
            b = b''
            line(out, name, u'encode', points(text), u'!')
        if not PY2:
            continue
        kind, values = below(10), bytearray(b)
        if kind < 4:
            for _ in range(below(3)):
                if values:
                    values[below(len(values))] = below(256)
            if values and below(3) == 0:
                del values[below(len(values))]
        else:
            values = bytearray()
            for _ in range(below(10)):
                if below(5) < 2:
                    values += PIECES[below(len(PIECES))]
                elif kind < 7:
                    values.append(below(256))
                else:
                    values.append(0x20 + below(0x5F))
        b = bytes(values)
        line(out, name, u'decode', hexa(b), points(codec.decode(b, 'replace')[0]))


def join(path2, path311, path312, path313, path):
    answers = [io.open(p).read() for p in (path2, path311, path312, path313)]
    assert answers[1] == answers[2] == answers[3]
    with open(path, 'wb') as f, gzip.GzipFile('', 'wb', 9, f, mtime=0) as g:
        g.write((answers[0] + answers[1]).encode('ascii'))


if __name__ == '__main__':
    {'ask': ask, 'join': join}[sys.argv[1]](*sys.argv[2:])

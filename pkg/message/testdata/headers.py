# -*- coding: utf-8 -*-
"""Makes headers.tsv.gz: what Python's email package makes of Header objects in
every charset, under every name that Python has for it.

    for v in 2.7 3.11 3.12 3.13; do python$v headers.py ask $v.tsv; done
    python3.13 headers.py join 2.7.tsv 3.11.tsv 3.12.tsv 3.13.tsv headers.tsv.gz

2.7 must be a build with 32-bit characters. 3.11, 3.12 and 3.13 must answer the
same, which join asserts, but that 3.13 has one more alias.

A line has the generation of Python, a label, the pickled Header in hexadecimal, and
the value that Generator(mangle_from_=False, maxheaderlen=0) writes of it, in
UTF-8 and with backslashes before n, r and backslash, "!" where it fails, and in
that case the text of the header in UTF-8, "!" if it has none.
"""
from __future__ import print_function
import binascii
import codecs
import email.charset
import email.header
import encodings.aliases
import gzip
import io
import pickle
import pkgutil
import sys
from email.charset import Charset
from email.header import Header

PY2 = sys.version_info[0] == 2
if PY2:
    import cPickle
    from email.generator import Generator
    from email.message import Message
else:
    from email.generator import BytesGenerator
    from email.message import Message
text_type = type(u'')
char = unichr if PY2 else chr  # noqa: F821
MIXED = 350


class Random(object):
    """The same in each Python."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % n

    def of(self, items):
        return items[self.below(len(items))]


def names():
    modules = [m[1] for m in pkgutil.iter_modules(encodings.__path__)]
    found = set(modules) | set(encodings.aliases.aliases)
    found |= set(email.charset.ALIASES) | set(email.charset.CHARSETS)
    # As mail has them.
    found |= set(['ISO-2022-KR', 'Windows-1251', 'x-unknown', 'KS_C_5601-1987', 'UTF8', 'cp-850', 'ISO-8859-8-I', 'utf_16',
                  'x-sjis', 'GB2312', 'unknown-8bit', 'ansi_x3.4_1968', 'iso.8859.1', 'us_ascii', 'latin 1'])
    return sorted(n for n in found if n not in ('aliases',))


known = {}


def characters(name):
    """The characters that a codec has, and that fit into a table like this."""
    try:
        codec = codecs.lookup(name)
        if not PY2 and not codec._is_text_encoding:
            raise LookupError
        codec.encode(u'A')
    except Exception:
        return None
    if codec.name not in known:
        found = []
        for c in list(range(0xA0, 0x600)) + list(range(0x2010, 0x2040)) + list(range(0x3040, 0x3100)) + list(
                range(0x4E00, 0x9FA0, 7)) + list(range(0xAC00, 0xD7A0, 11)) + [0xFF71, 0xFF72, 0x20089, 0x1F600]:
            try:
                codec.encode(char(c))
                found.append(c)
            except UnicodeError:
                pass
            except Exception:
                return None
        known[codec.name] = found
    return known[codec.name]


def text(random, name, length):
    have = characters(name) or []
    out = []
    while len(out) < length:
        kind = random.below(8)
        if kind < 5 and have:
            out.append(char(random.of(have)))
        elif kind < 7:
            out.append(random.of(u'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'))
        else:
            out.append(random.of(u' ,;.-+~=?_&()\\"'))
    return u''.join(out)


def force(header, s, charset):
    """What append refuses may be in a pickle all the same."""
    header._chunks.append((s, charset))


def append(header, s, name):
    charset = Charset(name)
    try:
        if PY2 and isinstance(s, text_type):
            s = s.encode(charset.input_codec or 'us-ascii', 'replace')
    except Exception:
        s = s.encode('utf-8')
    try:
        header.append(s, charset)
    except Exception:
        force(header, s, charset)


def written(header):
    msg = Message()
    msg['Subject'] = header
    out = io.BytesIO()
    if PY2:
        Generator(out, False, 0).flatten(msg)
    else:
        BytesGenerator(out, False, 0).flatten(msg)
    lines = out.getvalue()
    assert lines.startswith(b'Subject: ') and lines.endswith(b'\n\n')
    return lines[len(b'Subject: '):-2]


def record(out, label, header):
    packed = cPickle.dumps(header, 1) if PY2 else pickle.dumps(header, pickle.HIGHEST_PROTOCOL)
    try:
        value = written(header).decode('utf-8')
        whole = u''
    except UnicodeDecodeError:
        # Raw bytes of no charset: these are in the golden files.
        return
    except Exception:
        value = u'!'
        try:
            whole = u' '.join(s if isinstance(s, text_type) else s.decode('utf-8') for s, _ in header._chunks)
            whole.encode('utf-8')
        except UnicodeError:
            whole = u'!'
    fields = [f.replace(u'\\', u'\\\\').replace(u'\n', u'\\n').replace(u'\r', u'\\r').replace(u'\t', u'\\t') for f in (value, whole)]
    out.write(u'\t'.join([u'2' if PY2 else u'3', label.replace(u'\t', u' '), binascii.hexlify(packed).decode('ascii')] + fields) + u'\n')


def ask(path):
    out = io.open(path, 'w', encoding='utf-8', newline='\n')
    for name in names():
        random = Random(sum(bytearray(name.encode('ascii'))))
        for kind, length in (u'short', 9), (u'long', 100):
            # As Mailman's CookHeaders makes them.
            h = Header(header_name='Subject', continuation_ws='\t')
            h.append('[Staff]' if PY2 else '[Staff] ')
            append(h, text(random, name, length), name)
            record(out, u'%s %s' % (name, kind), h)
    all_names = [n for n in names() if n != 'windows_31j' and characters(n)]
    some = ['iso-2022-jp', 'euc-kr', 'gb2312', 'big5', 'utf-8', 'iso-8859-1', 'koi8-r', 'us-ascii', 'euc-jp', 'shift_jis',
            'utf-7', 'hz', 'iso-2022-kr', 'johab', '8bit', 'windows-1252']
    if PY2:
        all_names = [n for n in all_names if n in encodings.aliases.aliases]
    for i in range(MIXED):
        random = Random(i)
        h = Header(header_name=random.of(['Subject', 'X-A-Very-Long-Name-Of-A-Field', None, 'To']),
                   continuation_ws=random.of([' ', '\t', '  ']), maxlinelen=random.of([None, None, None, 40, 78, 200]))
        for _ in range(1 + random.below(5)):
            name = random.of(some if random.below(3) else all_names)
            s = text(random, name if random.below(12) else 'utf-8', random.of([0, 1, 5, 20, 60, 200]))
            kind = random.below(24)
            charset = Charset(name)
            if kind == 0:
                # Bytes that are not valid, or that the codec doesn't have.
                b = bytearray(s.encode('utf-8'))
                for _ in range(3):
                    if b:
                        b[random.below(len(b))] = random.below(256)
                b = bytes(b)
                if PY2:
                    force(h, b, charset)
                else:
                    force(h, b.decode('ascii', 'surrogateescape'), random.of([charset, Charset('unknown-8bit')]))
            elif kind == 1:
                try:
                    h.append(s, charset, errors='replace')
                except Exception:
                    force(h, s.encode('utf-8') if PY2 else s, charset)
            elif kind in (2, 6):
                # No charset given.
                h.append('plain, text; of %s words' % random.of(['two', 'many ' * 12]))
            elif kind in (3, 5):
                # Lines, as in a folded field.
                append(h, s[:8] + random.of([u'\n ', u'\r\n\t', u'\n']) + s[8:20], name)
            elif kind == 4 and PY2:
                h.append(s, charset) if name != '8bit' else append(h, s, name)
            else:
                append(h, s, name)
        record(out, u'mixed %d' % i, h)


def join(path2, path311, path312, path313, path):
    answers = [io.open(p, encoding='utf-8', newline='\n').read() for p in (path2, path311, path312, path313)]
    common = ''.join(l for l in answers[3].splitlines(True) if 'windows_31j' not in l)
    assert answers[1] == answers[2] == common
    with open(path, 'wb') as f, gzip.GzipFile('', 'wb', 9, f, mtime=0) as g:
        g.write((answers[0] + answers[3]).encode('utf-8'))


if __name__ == '__main__':
    {'ask': ask, 'join': join}[sys.argv[1]](*sys.argv[2:])

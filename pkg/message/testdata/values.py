# -*- coding: utf-8 -*-
"""Makes values.tsv.gz: what Python's Generator writes of messages that have any
type of value where text or a list of parts should be.

    for v in 2.7 3.11 3.12 3.13; do python$v values.py ask $v.tsv; done
    python3.13 values.py join 2.7.tsv 3.11.tsv 3.12.tsv 3.13.tsv values.tsv.gz

3.11, 3.12 and 3.13 must answer the same, which join asserts. A line has the
generation of Python, a label, the pickled message with empty metadata behind it
and what Generator(mangle_from_=False, maxheaderlen=0) writes, both in
hexadecimal, "!" where it fails.
"""
from __future__ import print_function
import binascii
import datetime
import gzip
import io
import pickle
import sys
from email.charset import Charset
from email.header import Header
from email.message import Message

PY2 = sys.version_info[0] == 2
if PY2:
    import cPickle
    from email.generator import Generator
else:
    from email.generator import BytesGenerator as Generator


def dumps(value):
    return cPickle.dumps(value, 1) if PY2 else pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


def values():
    yield 'none', None
    yield 'true', True
    yield 'false', False
    for n in 0, 7, -5, 2**40, 2**70, -2**70:
        yield 'int %d' % n, n
    for f in 0.0, 1.5, 0.1, 1e16, 1e-7, 123456789.123456789, -2.5, 1e300, float('inf'), float('nan'), 3.0, 100000000000.0, 1e12:
        yield 'float %r' % f, f
    yield 'empty list', []
    yield 'list', ['a', u'b', 1, None, 2.5, 0.1, 1e16, 2**70, "it's", 'say "it\'s"', 'a\\b\n\t\x01']
    yield 'unicode in list', [u'\xe9\u4e2d\U0001f600']
    yield 'list in list', [['a'], ('b', 'c'), {}, {'k': ['v']}]
    yield 'empty tuple', ()
    yield 'tuple of one', ('a',)
    yield 'tuple', ('a', 'b')
    yield 'dict', {'key': 'value'}
    yield 'set', set(['a'])
    yield 'frozenset', frozenset(['a'])
    yield 'datetime', datetime.datetime(2020, 1, 2, 3, 4, 5)
    yield 'datetime us', datetime.datetime(2020, 1, 2, 3, 4, 5, 678)
    yield 'date', datetime.date(2020, 1, 2)
    yield 'charset', Charset('iso-8859-1')
    yield 'empty', ''
    yield 'text', 'text'
    yield 'lines', 'two\n lines'
    yield 'unicode', u'ascii'
    yield 'wide', u'\xe9\u4e2d'
    yield 'bytes', b'bytes'
    yield '8-bit', b'raw\xe9'
    yield 'header', Header('text')
    yield 'header utf-8', Header(u'\xe9\u4e2d', 'utf-8')
    yield 'header of nothing', Header()


def part(text='sub\n'):
    m = Message()
    m['X-Part'] = 'p'
    m.set_payload(text)
    return m


def payloads():
    for label, value in values():
        yield label, value
    yield 'one part', [part()]
    yield 'two parts', [part('sub1\n'), part('sub2\n')]
    yield 'part', part()
    yield 'tuple of parts', (part('sub1\n'), part('sub2\n'))
    yield 'part and text', [part(), 'more text']
    yield 'text and part', ['more text', part()]
    yield 'list of none', [None]
    yield 'part of none', [part(None)]
    yield 'part of list', [part([part()])]


def messages():
    for label, value in values():
        m = part()
        m._headers.append(('X-Value', value))
        yield 'value ' + label, m
        m = part()
        m._headers.append((value, 'value'))
        yield 'name ' + label, m
    for label, item in [('list', ['X-A', 'v']), ('three', ('X-A', 'v', 'w')), ('one', ('X-A',)), ('none', ())]:
        m = part()
        m._headers.append(item)
        yield 'pair ' + label, m
    for kind in 'text/plain', 'text/html', 'application/x-a', 'multipart/mixed; boundary=b', 'multipart/signed; boundary=b', \
            'message/rfc822', 'message/delivery-status', 'message/partial':
        for label, value in payloads():
            m = Message()
            m['Content-Type'] = kind
            m._payload = value
            yield 'payload %s %s' % (kind, label), m
    for label, value in values():
        for name in 'preamble', 'epilogue':
            m = Message()
            m['Content-Type'] = 'multipart/mixed; boundary=b'
            m._payload = [part()]
            setattr(m, name, value)
            yield '%s %s' % (name, label), m
    m = Message()
    m._headers.append(('Content-Type', Header('multipart/mixed; boundary=b')))
    m._payload = [part()]
    yield 'type is header', m
    m = Message()
    m._headers.append(('Content-Type', None))
    m._payload = 'text'
    yield 'type is none', m


def ask(path):
    with io.open(path, 'w') as f:
        for label, m in messages():
            packed = dumps(m) + dumps({})
            out = io.BytesIO()
            try:
                Generator(out, False, 0).flatten(m)
                text = binascii.hexlify(out.getvalue()).decode('ascii')
            except Exception:
                text = u'!'
            if u'20617420307837' in text or u'203d3d3d3d3d3d3d3d3d3d3d' in text:
                # An address in memory, or a random boundary.
                continue
            f.write(u'\t'.join([u'2' if PY2 else u'3', u'' + label, binascii.hexlify(packed).decode('ascii'), text]) + u'\n')


def join(path2, path311, path312, path313, path):
    answers = [io.open(p).read() for p in (path2, path311, path312, path313)]
    assert answers[1] == answers[2] == answers[3]
    with open(path, 'wb') as f, gzip.GzipFile('', 'wb', 9, f, mtime=0) as g:
        g.write((answers[0] + answers[1]).encode('ascii'))


if __name__ == '__main__':
    {'ask': ask, 'join': join}[sys.argv[1]](*sys.argv[2:])

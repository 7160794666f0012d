"""Makes tables.bin: what Python's codecs map to what, asked from Python itself.

    python2.7  tables.py ask 2.7.json
    python3.13 tables.py ask 3.13.json
    python3.13 tables.py build 2.7.json 3.13.json tables.bin

Python 2.7 must be a build with 32-bit characters (sys.maxunicode 0x10FFFF), as
the packages of Linux distributions are. A character has the same bytes in every
Python from 2.7 to 3.13, which build asserts. 3.11 and 3.12 differ from 3.13 only
in that they lack the alias windows_31j.

tables.bin is a list of sections: a name (a byte of length, then text), the
length of the data (4 bytes, big-endian), the data. The section "aliases" is text: a
line has the generation of Python (2 or 3), a name as Python normalises it, and a
module of the package encodings. The section "single" has the codecs of one byte per
character, one section each the tables of larger ones; see write_single and
write_table.
"""
from __future__ import print_function
import binascii
import codecs
import encodings
import encodings.aliases
import json
import pkgutil
import struct
import sys

PY2 = sys.version_info[0] == 2
char = unichr if PY2 else chr  # noqa: F821

# Go code does these.
COMPUTED = ('utf', 'unicode', 'raw_', 'punycode', 'idna', 'hz', 'iso2022')

# Each multi-byte table as the differences from another one, whose codes are
# changed by a function of that name. Parents come first.
TABLES = [
    ('euc_jp', None, None),
    ('shift_jis', 'euc_jp', 'sjis'),
    ('cp932', 'euc_jp', 'sjis'),
    ('euc_jis_2004', 'euc_jp', ''),
    ('euc_jisx0213', 'euc_jis_2004', ''),
    ('shift_jis_2004', 'euc_jis_2004', 'sjis'),
    ('shift_jisx0213', 'shift_jis_2004', ''),
    ('euc_kr', None, None),
    ('cp949', 'euc_kr', ''),
    ('johab', 'euc_kr', 'johab'),
    ('gb2312', None, None),
    ('gbk', 'gb2312', ''),
    ('gb18030', 'gbk', ''),
    ('big5', None, None),
    ('cp950', 'big5', ''),
    ('big5hkscs', 'big5', ''),
]


def ask(path):
    modules = sorted(m[1] for m in pkgutil.iter_modules(encodings.__path__) if m[1] != 'aliases')
    text, names, maps = [], {}, {}
    for name in modules:
        try:
            codec = codecs.lookup(name)
        except LookupError:
            # Those of other systems.
            continue
        names[name] = codec.name
        try:
            if not PY2 and not codec._is_text_encoding:
                continue
            encoded = codec.encode(u'A')[0]
            if type(codec.decode(encoded)[0]) is not type(u''):
                continue
        except (UnicodeError, TypeError, AssertionError):
            continue
        text.append(name)
        if name.startswith(COMPUTED):
            continue
        maps[name] = {'enc': encodings_of(codec), 'dec': decodings_of(codec)}
    with open(path, 'w') as f:
        json.dump({'names': names, 'text': text, 'maps': maps,
                   'aliases': encodings.aliases.aliases}, f, sort_keys=True)


def encodings_of(codec):
    out = {}
    for c in list(range(0xD800)) + list(range(0xE000, 0x10000)) + list(range(0x1F000, 0x30000)):
        try:
            b = codec.encode(char(c))[0]
        except UnicodeError:
            continue
        # Longer ones are computed: linear in GB 18030, jamo by jamo in EUC-KR.
        if len(b) < 4:
            out[c] = binascii.hexlify(b).decode('ascii')
    return out


def decodings_of(codec):
    out = {}

    def decode(*values):
        b = bytes(bytearray(values))
        try:
            out[binascii.hexlify(b).decode('ascii')] = [ord(c) for c in codec.decode(b)[0]]
        except UnicodeError:
            return False
        return True
    whole = [decode(i) for i in range(256)]
    if all(whole[0x81:0xFF]) or sum(whole) > 200:
        return out
    for i in range(0x80, 256):
        if whole[i]:
            continue
        for j in range(256):
            if not decode(i, j) and i == 0x8F:
                for k in range(0xA1, 0xFF):
                    decode(i, j, k)
    return out


def uvarint(n):
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def varint(n):
    return uvarint(2 * n if n >= 0 else -2 * n - 1)


def write_single(maps):
    """Of each codec: its name, 256 16-bit characters (0xFFFF is none), then those
    characters whose byte is not the first one that stands for them: how many,
    and of each the character and its byte, or 256 if it has none."""
    out = b''
    for name in sorted(maps):
        enc, dec = maps[name]
        by_byte = [dec.get((b,), (0xFFFF,))[0] for b in range(256)]
        first = {}
        for b, c in enumerate(by_byte):
            if c != 0xFFFF:
                first.setdefault(c, b)
        odd = [(c, enc[c][0] if c in enc else 256)
               for c in sorted(set(first) | set(enc)) if enc.get(c) != (first.get(c),)]
        out += struct.pack('B', len(name)) + name.encode('ascii') + struct.pack('>256H', *by_byte)
        out += uvarint(len(odd)) + b''.join(uvarint(c) + uvarint(b) for c, b in odd)
    return out


def sjis(code):
    if code >> 8 == 0x8E:
        return code & 0xFF
    if code < 0x100 or code > 0xFFFF:
        return None
    row, cell = (code >> 8) - 0xA1, (code & 0xFF) - 0xA1
    lead, trail = row // 2, cell + row % 2 * 94
    lead += 0x81 if lead < 0x1F else 0xC1
    trail += 0x40 if trail < 0x3F else 0x41
    return lead << 8 | trail


def johab(code):
    row, cell = (code >> 8) - 0xA1, (code & 0xFF) - 0xA1
    if not (0 <= row <= 11 and row != 3 or 41 <= row <= 92):
        return None
    row += 0x1B2 if row < 41 else 0x197
    cell += row % 2 * 94
    return row // 2 << 8 | cell + (0x31 if cell < 0x4E else 0x43)


CHANGES = {None: lambda c: None, '': lambda c: c, 'sjis': sjis, 'johab': johab}


def write_table(table, parent, change):
    """Six lists, each after the number of its items. The numbers of an item are
    differences from those of the item before, zigzag varints:

    code and character, both ways; code and character, decoding only; character
    and code, encoding only; characters that only the parent encodes; codes that
    only the parent decodes; code and two characters."""
    enc, dec, pairs = table
    penc = {c: change(b) for c, b in parent[0].items() if change(b) is not None}
    pdec = {change(b): c for b, c in parent[1].items() if change(b) is not None}
    new_enc = {c: b for c, b in enc.items() if penc.get(c) != b}
    new_dec = {b: c for b, c in dec.items() if pdec.get(b) != c}
    both = sorted((b, c) for b, c in dec.items() if enc.get(c) == b and (c in new_enc or b in new_dec))
    done = set(both)
    lists = [
        both,
        sorted((b, c) for b, c in new_dec.items() if (b, c) not in done),
        sorted((c, b) for c, b in new_enc.items() if (b, c) not in done),
        sorted((c,) for c in penc if c not in enc),
        sorted((b,) for b in pdec if b not in dec),
        sorted((b,) + c for b, c in pairs.items()),
    ]
    out = b''
    for items in lists:
        out += uvarint(len(items))
        before = (0,) * 3
        for item in items:
            out += b''.join(varint(n - m) for n, m in zip(item, before))
            before = item
    return out


def build(path2, path3, path):
    asked = {2: json.load(open(path2)), 3: json.load(open(path3))}
    lines, maps = [], {}
    for python, answer in sorted(asked.items()):
        names = {name: name for name in answer['names']}
        names.update((alias, name) for alias, name in answer['aliases'].items() if name in answer['names'])
        for name, module in sorted(names.items()):
            lines.append('%d %s %s %s' % (python, name, module if module in answer['text'] else '-', answer['names'][module]))
        for name, m in answer['maps'].items():
            assert maps.setdefault(name, m) == m, name
    single, tables = {}, {None: ({}, {}, {})}
    for name, m in maps.items():
        enc = {int(c): tuple(bytearray.fromhex(b)) for c, b in m['enc'].items()}
        dec = {tuple(bytearray.fromhex(b)): tuple(c) for b, c in m['dec'].items()}
        if max(len(b) for b in enc.values()) == 1:
            single[name] = enc, dec
            continue

        def number(b):
            return int(binascii.hexlify(bytes(bytearray(b))), 16)
        tables[name] = (
            {c: number(b) for c, b in enc.items() if b != (c,) or c >= 0x80},
            {number(b): c[0] for b, c in dec.items() if len(c) == 1 and (b != c or c[0] >= 0x80)},
            {number(b): c for b, c in dec.items() if len(c) == 2},
        )
    sections = [('aliases', '\n'.join(lines).encode('ascii')), ('single', write_single(single))]
    assert set(tables) - {None} == {t[0] for t in TABLES}, set(tables)
    for name, parent, change in TABLES:
        sections.append((name, write_table(tables[name], tables[parent], CHANGES[change])))
    with open(path, 'wb') as f:
        for name, data in sections:
            f.write(struct.pack('B', len(name)) + name.encode('ascii') + struct.pack('>I', len(data)) + data)
            print(name, len(data))


if __name__ == '__main__':
    {'ask': ask, 'build': build}[sys.argv[1]](*sys.argv[2:])

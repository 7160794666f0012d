"""What the two drivers share: requests and answers in JSON, one per line.

Runs under Python 2.7 and 3. A driver hands a table of operations to serve();
each takes the members of the request as keywords and returns the members of
the answer. What goes wrong in the real Mailman comes back as {"error": ...}.

Bytes travel as base64. Metadata travels as JSON, with what JSON lacks as an
object of one tagged member: {"$set": [...]}, {"$tuple": [...]},
{"$datetime": "..."}, {"$latin1": "..."} (bytes). loose() is the way back, in
the terms of qcat -m: a set is a sorted list, a datetime is RFC 3339 in UTC, with
its exact seconds in KEY_unix, bytes that are not UTF-8 are in KEY_base64.
"""

import base64
import datetime
import json
import os
import re
import sys
import time
import traceback

from email.header import Header

PY2 = sys.version_info[0] == 2
TEXT = type(u'')
INF = float('inf')
# A surrogate without its other half. Python 2 stores some characters as pairs.
LONE = re.compile(u'[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]')


def unpack(data):
    return base64.b64decode(data)


def pack(data):
    return base64.b64encode(data).decode('ascii')


def native(value):
    """Returns a request, with its metadata, in the types of this Mailman's Python."""
    if isinstance(value, list):
        return [native(v) for v in value]
    if isinstance(value, dict):
        if len(value) == 1:
            (tag, inner), = value.items()
            if tag == '$set':
                return set(native(v) for v in inner)
            if tag == '$tuple':
                return tuple(native(v) for v in inner)
            if tag == '$datetime':
                return datetime.datetime.strptime(inner, '%Y-%m-%dT%H:%M:%S.%f')
            if tag == '$latin1':
                return inner.encode('latin-1')
        return dict((native(k), native(v)) for k, v in value.items())
    if PY2 and not isinstance(value, str) and hasattr(value, 'encode'):
        # Mailman 2.1 uses byte strings for ASCII text.
        try:
            return value.encode('ascii')
        except UnicodeError:
            return value
    return value


def loose(value):
    """Returns a value of metadata as qcat -m prints it: see qcat(1)."""
    if isinstance(value, float) and (value != value or value in (INF, -INF)):
        return {INF: 'Infinity', -INF: '-Infinity'}.get(value, 'NaN')
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode('utf-8')
    if isinstance(value, time.struct_time):
        return list(value)
    if isinstance(value, (list, tuple)):
        return [loose_item(v) for v in value]
    if isinstance(value, (set, frozenset)):
        return sorted([loose_item(v) for v in value], key=json.dumps)
    if isinstance(value, dict):
        out = dict(loose_member(k, v) for k, v in value.items())
        for k, v in value.items():
            if isinstance(v, datetime.datetime):
                out[loose_member(k, v)[0] + '_unix'] = unix(v)
        return out
    if isinstance(value, datetime.datetime):
        return utc(value).strftime('%Y-%m-%dT%H:%M:%SZ')
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, TEXT):
        if LONE.search(value):
            value = raw(value).decode('utf-8')
            if LONE.search(value):  # Python 2 decodes them
                raise UnicodeError
        return value
    if type(value).__name__ == 'long':
        return value
    if isinstance(value, Header):
        return TEXT(value).strip()
    return {'$class': type(value).__name__}


def utc(moment):
    """Returns a datetime in UTC; one without a zone is taken as UTC."""
    if moment.tzinfo is not None:
        moment = (moment - moment.utcoffset()).replace(tzinfo=None)
    return moment


def unix(moment):
    """Returns the exact seconds since 1970."""
    delta = utc(moment) - datetime.datetime(1970, 1, 1)
    seconds = delta.days * 86400 + delta.seconds
    return seconds + delta.microseconds / 1e6 if delta.microseconds else seconds


def loose_member(key, value):
    key = loose(key) if isinstance(key, (bytes, TEXT)) else json.dumps(loose(key), separators=(',', ':'))
    try:
        return key, loose(value)
    except UnicodeError:
        return key + '_base64', pack(raw(value))


def loose_item(value):
    try:
        return loose(value)
    except UnicodeError:
        return {'_base64': pack(raw(value))}


def raw(value):
    """Returns the bytes of a string that is not text: U+DC80 and up are one byte each."""
    if not isinstance(value, TEXT):
        return bytes(value)
    out = bytearray()
    for char in value:
        if u'\udc80' <= char <= u'\udcff':
            out.append(ord(char) - 0xdc00)
        elif PY2:
            out += char.encode('utf-8')
        else:
            out += char.encode('utf-8', 'surrogatepass')
    return bytes(out)


def wait_for(path):
    """Waits until the file path, if it is given, has been removed."""
    while path and os.path.exists(path):
        time.sleep(0.01)


def serve(operations):
    # Mailman and its libraries must not write between the answers.
    answers = os.fdopen(os.dup(1), 'w')
    os.dup2(2, 1)
    for line in iter(sys.stdin.readline, ''):
        request = native(json.loads(line))
        try:
            answer = operations[request.pop('op')](**request) or {}
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            answer = {'error': '%s: %s' % (type(error).__name__, error)}
        answers.write(json.dumps(answer) + '\n')
        answers.flush()

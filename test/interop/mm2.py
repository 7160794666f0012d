"""Drives Mailman 2.1 from its source tree: its Switchboard, Runner, unshunt.

    MAILMAN2_SRC=TREE python2.7 mm2.py VAR

TREE is an unpacked Mailman 2.1, as released: nothing in it is configured or
changed. VAR is the VAR_PREFIX of an installation that is made for this run:
queues are VAR/qfiles/NAME. Nothing outside it is written. See protocol.py.
"""

import cPickle
import email
import os
import re
import sys
import types

import mm2list
import protocol

from cStringIO import StringIO


def start(tree, var):
    """Does in memory what configure and make install do with mm_cfg."""
    for name in 'qfiles', 'data', 'locks', 'logs', 'lists':
        if not os.path.isdir(os.path.join(var, name)):
            os.makedirs(os.path.join(var, name))
    sys.dont_write_bytecode = True
    sys.path.insert(0, tree)
    given = {'prefix': tree, 'exec_prefix': tree, 'VAR_PREFIX': var}
    with open(os.path.join(tree, 'Mailman', 'Defaults.py.in')) as fp:
        source = re.sub('@([A-Za-z_]+)@',
                        lambda m: given.get(m.group(1), 'interop.example'),
                        fp.read())
    # Both have the names by which Mailman imports them.
    import Mailman
    for name in 'Defaults', 'mm_cfg':
        module = types.ModuleType('Mailman.' + name)
        module.__file__ = os.path.join(tree, 'Mailman', 'Defaults.py')
        sys.modules[module.__name__] = module
        setattr(Mailman, name, module)
        exec compile(source, 'Defaults.py.in', 'exec') in module.__dict__


start(os.path.abspath(os.environ['MAILMAN2_SRC']), os.path.abspath(sys.argv[1]))

from Mailman import mm_cfg
from Mailman.Message import Message
from Mailman.Queue.Runner import Runner
from Mailman.Queue.Switchboard import Switchboard


def board(queue, slice=None, slices=1):
    return Switchboard(queue_path(queue), slice, slices)


def queue_path(queue):
    return os.path.join(mm_cfg.QUEUE_DIR, queue)


def flatten(msg):
    from email.Generator import Generator
    out = StringIO()
    Generator(out, mangle_from_=False, maxheaderlen=0).flatten(msg)
    return out.getvalue()


def message(msg):
    """Returns the members that describe a message, parsed or text."""
    if isinstance(msg, basestring):
        return {'msg': protocol.pack(msg)}
    return {'msg': protocol.pack(flatten(msg)), 'class': msg.__class__.__name__}


def version():
    from Mailman import Version
    return {'mailman': Version.VERSION, 'python': sys.version.split()[0]}


def enqueue(queue, msg, meta, plaintext=False):
    msg = protocol.unpack(msg)
    if plaintext:
        meta['_plaintext'] = True
    else:
        msg = email.message_from_string(msg, Message)
    return {'base': board(queue).enqueue(msg, meta)}


def dequeue(queue, base):
    msg, data = board(queue).dequeue(base)
    return dict(message(msg), meta=protocol.loose(data))


def finish(queue, base, preserve=False):
    board(queue).finish(base, preserve)


def files(queue, ext='.pck', slice=None, slices=1):
    return {'files': board(queue, slice, slices).files(ext)}


def recover(queue, slice=None, slices=1):
    board(queue, slice, slices).recover_backup_files()


def get(path):
    """Answers what Python loads from a file, wherever it is."""
    with open(path, 'rb') as fp:
        msg, data = cPickle.load(fp), cPickle.load(fp)
    return dict(message(msg), meta=protocol.loose(data))


def run(queue, pause=''):
    """Starts the queue's runner, which recovers, and does one iteration. That stays
    at its first message until the file pause is gone."""

    handled = []

    class Handler(Runner):
        """The real loop, but the test decides what to do with a message."""
        QDIR = queue_path(queue)

        def _onefile(self, msg, msgdata):
            protocol.wait_for(pause)
            if msg['x-handler'] == 'fail':
                raise RuntimeError('told to')
            handled.append(protocol.pack(flatten(msg)))

    Handler()._oneloop()
    return {'handled': handled}


class List:
    """Stands in for a list, as far as sending asks for it."""

    personalize = 0
    include_sender_header = 1
    preferred_language = 'en'
    msg_header = msg_footer = ''

    def __init__(self, name):
        self.real_name = name

    def internal_name(self):
        return self.real_name

    def GetBouncesEmail(self):
        return self.real_name + '-bounces@lists.example.com'

    def Load(self):
        pass


def outgoing(queue, port):
    """Sends the ready entries of a queue to the server on a port of this machine: the
    loop, the disposal and the delivery are those of the real outgoing runner."""
    from Mailman.Queue.OutgoingRunner import OutgoingRunner

    class Sender(OutgoingRunner):
        QDIR = queue_path(queue)

        def _onefile(self, msg, msgdata):
            if self._dispose(List(msgdata['listname']), msg, msgdata):
                self._switchboard.enqueue(msg, msgdata)

    mm_cfg.SMTPHOST, mm_cfg.SMTPPORT = '127.0.0.1', port
    Sender()._oneloop()


def script(folder, name):
    """Runs one of Mailman's own scripts."""
    # The script imports this to find Mailman, which is on the path already.
    sys.modules['paths'] = types.ModuleType('paths')
    with open(os.path.join(os.environ['MAILMAN2_SRC'], folder, name)) as fp:
        code = compile(fp.read(), name, 'exec')
    scope = {'__name__': name}
    argv, sys.argv = sys.argv, [name]
    try:
        exec code in scope
        scope['main']()
    finally:
        sys.argv = argv


def bounces(msg):
    """Answers whom the bounce processing finds in a notice."""
    from Mailman.Bouncers.BouncerAPI import ScanMessages
    return {'addresses': ScanMessages(
        None, email.message_from_string(protocol.unpack(msg), Message))}


def unshunt():
    script('bin', 'unshunt')


def cull():
    script('cron', 'cull_bad_shunt')


def note():
    """Notes the version as bin/update does, which make install runs."""
    from Mailman import Version
    with open(os.path.join(mm_cfg.DATA_DIR, 'last_mailman_version'), 'w') as fp:
        fp.write(hex(Version.HEX_VERSION) + '\n')


def work(queue, mark, count):
    """Enqueues count messages and works on the queue, while others do the same, until
    its own are enqueued and nothing is left. Answers what it handled."""
    here, handled, missed = board(queue), [], 0
    for n in range(count):
        here.enqueue(email.message_from_string(
            'X-Mark: %s-%d\n\nbody\n' % (mark, n), Message))
        missed += work_once(here, handled, 2)
    while here.files():
        missed += work_once(here, handled, None)
    return {'handled': handled, 'missed': missed}


def work_once(here, handled, most):
    missed = 0
    for base in here.files()[:most]:
        try:
            msg, data = here.dequeue(base)
        except EnvironmentError:
            missed += 1
        else:
            handled.append(msg['x-mark'])
            here.finish(base)
    return missed


if __name__ == '__main__':
    protocol.serve(dict(
        version=version, enqueue=enqueue, dequeue=dequeue, finish=finish,
        files=files, recover=recover, get=get, run=run, outgoing=outgoing, unshunt=unshunt,
        bounces=bounces, cull=cull, note=note, work=work, create=mm2list.create, change=mm2list.change,
        welcome=mm2list.welcome, post=mm2list.post, send=mm2list.send, retry=mm2list.retry))

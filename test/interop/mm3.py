"""Drives the installed Mailman 3: its Switchboard, its Runner, its unshunt.

    python3 mm3.py VAR

VAR is the var_dir of an installation that is made for this run: queues are
VAR/queue/NAME. Nothing outside it is read or written. See protocol.py.
"""

import importlib.metadata
import io
import os
import pickle
import sys
import tempfile
import types

import protocol

from email import message_from_bytes
from email.generator import BytesGenerator
from mailman.config import config
from mailman.core.initialize import initialize_1
from mailman.core.logging import initialize as start_logging
from mailman.core.runner import Runner
from mailman.core.switchboard import Switchboard
from mailman.email.message import Message
from mailman.interfaces.mailinglist import Personalization
from zope.component import getGlobalSiteManager


CONFIG = """\
[mailman]
layout: interop
[paths.interop]
var_dir: {var}
[logging.error]
path: error.log
"""


def start(var):
    with tempfile.NamedTemporaryFile('w', suffix='.cfg', delete=False) as fp:
        fp.write(CONFIG.format(var=var))
    try:
        initialize_1(fp.name)
    finally:
        os.unlink(fp.name)
    start_logging()


def board(queue, slice=None, slices=1):
    return Switchboard(queue, queue_path(queue), slice, slices)


def queue_path(queue):
    return os.path.join(config.QUEUE_DIR, queue)


def text(data):
    return data.decode('ascii', 'surrogateescape')


def flatten(msg):
    out = io.BytesIO()
    policy = msg.policy
    if hasattr(policy, 'verify_generated_headers'):
        # Newer Pythons refuse to write some headers that older ones wrote.
        policy = policy.clone(verify_generated_headers=False)
    BytesGenerator(out, mangle_from_=False, maxheaderlen=0, policy=policy).flatten(msg)
    return out.getvalue()


def message(msg):
    """Returns the members that describe a message, parsed or text."""
    if isinstance(msg, str):
        return {'msg': protocol.pack(msg.encode('utf-8', 'surrogateescape'))}
    return {'msg': protocol.pack(flatten(msg)), 'class': type(msg).__name__}


def version():
    return {'mailman': importlib.metadata.version('mailman'),
            'python': sys.version.split()[0]}


def enqueue(queue, msg, meta, plaintext=False):
    data = protocol.unpack(msg)
    if plaintext:
        msg = text(data)
        meta['_plaintext'] = True
    else:
        msg = message_from_bytes(data, Message)
    return {'base': board(queue).enqueue(msg, meta)}


def dequeue(queue, base):
    msg, data = board(queue).dequeue(base)
    return dict(message(msg), meta=protocol.loose(data))


def finish(queue, base, preserve=False):
    board(queue).finish(base, preserve)


def files(queue, ext='.pck', slice=None, slices=1):
    return {'files': board(queue, slice, slices).get_files(ext)}


def recover(queue, slice=None, slices=1):
    board(queue, slice, slices).recover_backup_files()


def get(path):
    """Answers what Python loads from a file, wherever it is."""
    with open(path, 'rb') as fp:
        msg, data = pickle.load(fp), pickle.load(fp)
    return dict(message(msg), meta=protocol.loose(data))


class NoDatabase:
    """Stands in for the database, in which Runner ends its transactions."""

    def commit(self):
        pass

    abort = commit


class Handler(Runner):
    """The real loop, but the test decides what to do with a message."""

    def __init__(self, name, pause):
        super().__init__(name)
        self.pause = pause
        self.handled = []

    def _process_one_file(self, msg, msgdata):
        protocol.wait_for(self.pause)
        if msg['x-handler'] == 'fail':
            raise RuntimeError('told to')
        self.handled.append(protocol.pack(flatten(msg)))


def run(queue, pause=''):
    """Starts the queue's runner, which recovers, and does one iteration. That stays
    at its first message until the file pause is gone."""
    config.db = NoDatabase()
    runner = Handler(queue, pause)
    runner._one_iteration()
    return {'handled': runner.handled}


class List:
    """Stands in for a list of the database, as far as sending asks for it."""

    description = info = ''
    preferred_language = types.SimpleNamespace(code='en', charset='us-ascii', description='English')
    members = types.SimpleNamespace(get_member=lambda address: None)

    def __init__(self, list_id):
        self.list_id = list_id
        self.list_name, _, self.mail_host = list_id.partition('.')
        self.display_name = self.list_name
        self.fqdn_listname = self.posting_address = self.address('')
        self.bounces_address = self.address('-bounces')
        self.request_address = self.address('-request')
        self.owner_address = self.address('-owner')
        self.personalize = Personalization.none

    def __conform__(self, interface):
        # Its archivers. It has none.
        return types.SimpleNamespace(archivers=())

    def address(self, suffix):
        return '{}{}@{}'.format(self.list_name, suffix, self.mail_host)


class Templates:
    """Stands in for the templates of the database: lists have this footer."""

    def __init__(self, footer):
        self.footer = footer

    def get(self, name, context=None, **_kws):
        return self.footer if name.endswith(':footer') else ''


def outgoing(queue, port, personalize='none', footer='', settings=''):
    """Sends the ready entries of a queue to the server on a port of this machine: the
    loop, the disposal and the delivery are those of the real outgoing runner. Settings are
    lines for the section mta of the configuration."""
    from mailman.handlers.arc_sign import ARCSign
    from mailman.handlers.decorate import Decorate
    from mailman.interfaces.template import ITemplateLoader
    from mailman.runners.outgoing import OutgoingRunner

    class Sender(OutgoingRunner):
        def _process_one_file(self, msg, msgdata):
            mlist = List(msgdata['listid'])
            mlist.personalize = Personalization[personalize]
            if self._dispose(mlist, msg, msgdata):
                self.switchboard.enqueue(msg, msgdata)

    getGlobalSiteManager().registerUtility(Templates(footer), ITemplateLoader)
    config.handlers = {'decorate': Decorate(), 'arc-sign': ARCSign()}
    mta = '[mta]\nsmtp_host: 127.0.0.1\nsmtp_port: {}\n'.format(port)
    config.push('outgoing', mta + settings)
    try:
        iterate(Sender, queue)
    finally:
        config.pop('outgoing')


def retry():
    """Runs the runner of the queue "retry", which moves everything to "out"."""
    from mailman.runners.retry import RetryRunner

    class Mover(RetryRunner):
        def _process_one_file(self, msg, msgdata):
            self._dispose(List(msgdata['listid']), msg, msgdata)

    iterate(Mover, 'retry')


def iterate(runner, queue):
    config.db = NoDatabase()
    config.switchboards = {name: board(name) for name in ('out', 'retry', 'shunt')}
    runner = runner('out')
    runner.switchboard = board(queue)
    runner._one_iteration()


def bounces(msg):
    """Answers whom the bounce processing finds in a notice."""
    from flufl.bounce import all_failures
    _, failed = all_failures(message_from_bytes(protocol.unpack(msg), Message))
    return {'addresses': [address.decode('ascii') for address in failed]}


def unshunt():
    from mailman.commands.cli_unshunt import unshunt
    unshunt.callback(discard=False)


def work(queue, mark, count):
    """Enqueues count messages and works on the queue, while others do the same, until
    its own are enqueued and nothing is left. Answers what it handled."""
    here, handled, missed = board(queue), [], 0
    for n in range(count):
        here.enqueue(message_from_bytes(
            ('X-Mark: %s-%d\n\nbody\n' % (mark, n)).encode(), Message))
        missed += work_once(here, handled, 2)
    while here.files:
        missed += work_once(here, handled, None)
    return {'handled': handled, 'missed': missed}


def work_once(here, handled, most):
    missed = 0
    for base in here.files[:most]:
        try:
            msg, data = here.dequeue(base)
        except FileNotFoundError:
            missed += 1
        else:
            handled.append(msg['x-mark'])
            here.finish(base)
    return missed


if __name__ == '__main__':
    start(sys.argv[1])
    protocol.serve(dict(
        version=version, enqueue=enqueue, dequeue=dequeue, finish=finish,
        files=files, recover=recover, get=get, run=run, outgoing=outgoing, retry=retry,
        unshunt=unshunt, bounces=bounces, work=work))

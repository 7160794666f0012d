"""The Switchboard of a real Mailman, for a comparison.

    python theirs.py DRIVER VAR enqueue N MESSAGE    N times MESSAGE into the queue bench
    python theirs.py DRIVER VAR recover              its .bak files
    python theirs.py DRIVER VAR cycle N MESSAGE      enqueues, then dequeues, flattens and finishes
    python theirs.py DRIVER VAR send PORT            what is in the queue out, as a site does: by the real outgoing
                                                     runner, for a real list (test, or bench.example.com)

DRIVER is mm2 or mm3 of test/interop, which makes an installation for this run
in VAR. Prints the seconds that the calls took, without Python's start.
"""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'interop'))
name = sys.argv.pop(1)
driver = __import__(name)
var, what = sys.argv[1:3]
clock = getattr(time, 'perf_counter', time.time)


def site3(port):
    """Starts Mailman 3 with a database of its own, makes the list, and returns a function
    that runs the outgoing runner for one loop."""
    with open(os.path.join(var, 'mailman.cfg'), 'w') as fp:
        fp.write(driver.CONFIG.format(var=var) + """
[mta]
incoming: mailman.mta.null.NullMTA
smtp_host: 127.0.0.1
smtp_port: %d
""" % port)
    from mailman.config import config
    from mailman.core.initialize import initialize
    initialize(fp.name)
    from mailman.app.lifecycle import create_list
    from mailman.interfaces.domain import IDomainManager
    from mailman.runners.outgoing import OutgoingRunner
    from zope.component import getUtility
    getUtility(IDomainManager).add('example.com')
    create_list('bench@example.com', ['owner@example.com'])
    config.db.commit()
    return OutgoingRunner('out')._one_iteration


def site2(port):
    """Makes the list, and returns a function that runs the outgoing runner for one loop."""
    import mm2list
    mm2list.create(['member@example.com'], ['owner@example.com'])
    return lambda: mm2list.send(port)


if what == 'send':
    run = {'mm2': site2, 'mm3': site3}[name](int(sys.argv[3]))
    start = clock()
    run()
    print(clock() - start)
    sys.exit()
if name == 'mm3':  # mm2 has to do it before it can import Mailman
    driver.start(var)
board = driver.board('bench')
start = clock()
if what != 'recover':
    with open(sys.argv[4]) as fp:
        text = fp.read()
    for i in range(int(sys.argv[3])):
        board.enqueue(text, listname='bench', listid='bench.example.com', _plaintext=True)
    if what == 'cycle':
        for base in board.files() if callable(board.files) else board.files:
            msg, metadata = board.dequeue(base)
            msg.as_string()
            board.finish(base)
else:
    board.recover_backup_files()
print(clock() - start)

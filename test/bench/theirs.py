"""The Switchboard of a real Mailman, for a comparison.

    python theirs.py DRIVER VAR enqueue N MESSAGE    N times MESSAGE into the queue bench
    python theirs.py DRIVER VAR recover              its .bak files
    python theirs.py DRIVER VAR cycle N MESSAGE      enqueues, then dequeues, flattens and finishes
    python theirs.py DRIVER VAR send PORT            what is in the queue bench, by the real outgoing runner

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
if name == 'mm3':  # mm2 has to do it before it can import Mailman
    driver.start(var)
board = driver.board('bench')
clock = getattr(time, 'perf_counter', time.time)
start = clock()
if what == 'send':
    driver.outgoing('bench', int(sys.argv[3]))
elif what != 'recover':
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

"""The real Mailman 3 Switchboard, for a comparison.

    python3 mailman3.py VAR enqueue N MESSAGE     N messages into VAR/queue/bench
    python3 mailman3.py VAR recover               its .bak files

VAR is the var_dir of an installation that is made for this run. Prints the
seconds that the calls took, without Python's start.
"""

import os
import sys
import tempfile
import time

from mailman.config import config
from mailman.core.initialize import initialize_1
from mailman.core.switchboard import Switchboard

var, what = sys.argv[1:3]
with tempfile.NamedTemporaryFile('w', suffix='.cfg', delete=False) as fp:
    fp.write('[mailman]\nlayout: bench\n[paths.bench]\nvar_dir: %s\n' % var)
try:
    initialize_1(fp.name)
finally:
    os.unlink(fp.name)
board = Switchboard('bench', os.path.join(config.QUEUE_DIR, 'bench'))
start = time.perf_counter()
if what == 'enqueue':
    with open(sys.argv[4]) as fp:
        text = fp.read()
    for i in range(int(sys.argv[3])):
        board.enqueue(text, listid='bench.example.com', _plaintext=True)
else:
    board.recover_backup_files()
print(time.perf_counter() - start)

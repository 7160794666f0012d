"""Where pickles end, as Python's own disassembler says.

    python3 ends.py < PATHS

For each path, a line: the offset behind the STOP of the first pickle of the
file, or "error". Nothing is loaded: pickletools only reads.
"""

import pickletools
import sys

for path in sys.stdin:
    with open(path.rstrip('\n'), 'rb') as fp:
        try:
            for opcode, _, position in pickletools.genops(fp):
                pass
            print(position + 1)
        except Exception:
            print('error')

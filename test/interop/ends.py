"""Where pickles end, as Python's own disassembler says.

    python3 ends.py < PATHS

Prints one line per path: the offset after the STOP of the first pickle in the file,
or "error". Nothing is loaded: pickletools only reads.
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

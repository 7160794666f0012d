"""A mail server on loopback that keeps what it accepts: argument 1 is a
directory, in which it puts the number of its port (port), a line for each RCPT
and DATA that it answers (log), and a file for each message it has taken
(N.json: sender, recipients, content in Latin-1).

Addresses decide: one with "busy" in it is refused for now, one with "never"
for good. A message whose subject has "drop" in it loses the connection once,
before it is accepted; one with "full" is refused for now after DATA, and
"spam" for good.
"""
import asyncio
import json
import os
import sys

from aiosmtpd.smtp import SMTP

where = sys.argv[1]
dropped = set()
count = 0


def log(line):
    with open(os.path.join(where, "log"), "a") as f:
        f.write(line + "\n")


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if "never" in address:
            log("550 " + address)
            return "550 5.1.1 no such mailbox"
        if "busy" in address:
            log("451 " + address)
            return "451 4.3.2 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        global count
        head = envelope.content.split(b"\r\n\r\n")[0]
        if b"spam" in head:
            log("554 data")
            return "554 5.7.1 no"
        if b"full" in head:
            log("452 data")
            return "452 4.3.1 later"
        if b"drop" in head and head not in dropped:
            dropped.add(head)
            log("drop")
            server.transport.abort()
            return "451 dropped"
        count += 1
        path = os.path.join(where, "%d.json" % count)
        with open(path + ".tmp", "w") as f:
            json.dump({
                "sender": envelope.mail_from, "recipients": envelope.rcpt_tos,
                "content": envelope.content.decode("latin-1"),
            }, f)
        os.rename(path + ".tmp", path)
        return "250 OK"


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Handler(), hostname="localhost"), "127.0.0.1", 0)
    with open(os.path.join(where, "port.tmp"), "w") as f:
        f.write(str(server.sockets[0].getsockname()[1]))
    os.rename(os.path.join(where, "port.tmp"), os.path.join(where, "port"))
    # The test's end closes it.
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())

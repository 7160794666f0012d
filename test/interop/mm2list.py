"""A mailing list in the Mailman 2.1 that mm2.py drives, and the real runners that take a
post from its queue "in" to the mail server.

The list is called test, at lists.example.com. Everything is Mailman's own: the list is
created as by newlist, and the runners are run for one loop each.
"""

import email
import os

import protocol

HOST = 'lists.example.com'


def config():
    from Mailman import mm_cfg
    return mm_cfg


def create(members, owners):
    """Creates the list. Members get no welcome."""
    from Mailman.MailList import MailList
    mm_cfg = config()
    mm_cfg.add_virtualhost('www.example.com', HOST)
    mm_cfg.DEFAULT_EMAIL_HOST = HOST
    mm_cfg.LC_DESCRIPTIONS['en'] = 'English', 'us-ascii', 'ltr'  # some versions have UTF-8
    for name in 'public', 'private':
        os.makedirs(os.path.join(mm_cfg.VAR_PREFIX, 'archives', name))
    mlist = MailList()
    mlist.Create('test', owners[0], 'x' * 40, emailhost=HOST, urlhost='www.example.com')
    try:
        mlist.owner, mlist.moderator = owners, owners[:1]
        mlist.msg_footer = ''
        for address in members:
            mlist.addNewMember(address, password='x', realname='')
        mlist.Save()
    finally:
        mlist.Unlock()


def change(options={}, settings={}):
    """Sets attributes of the list, and variables of mm_cfg."""
    from Mailman.MailList import MailList
    mlist = MailList('test')
    try:
        for name, value in options.items():
            setattr(mlist, name, value)
        mlist.Save()
    finally:
        mlist.Unlock()
    for name, value in settings.items():
        setattr(config(), name, value)


def welcome(address):
    """Adds a member, who gets a welcome, and whose coming is told to the owners."""
    from Mailman.MailList import MailList
    from Mailman.UserDesc import UserDesc
    mlist = MailList('test')
    try:
        mlist.ApprovedAddMember(UserDesc(address, '', 'x'), ack=1, admin_notif=1)
        mlist.Save()
    finally:
        mlist.Unlock()
    loop('virgin')


def post(msg, owners=False):
    """Hands a message to the list, or to its owners, up to the queue "out"."""
    from Mailman.Message import Message
    from Mailman.Queue.Switchboard import Switchboard
    meta = {'tolist': 1}
    if owners:  # as scripts/owner does
        meta = {'toowner': 1, 'pipeline': config().OWNER_PIPELINE, 'envsender': 'mailman-bounces@' + HOST}
    Switchboard(config().INQUEUE_DIR).enqueue(
        email.message_from_string(protocol.unpack(msg), Message), listname='test', **meta)
    loop('incoming')


def send(port, crash=0):
    """Runs the outgoing runner. With crash, it dies at that transaction, before the server
    hears of it."""
    from Mailman.Handlers import SMTPDirect
    real, left = SMTPDirect.bulkdeliver, [crash]

    def deliver(*args):
        left[0] -= 1
        if left[0] == 0:
            raise RuntimeError('told to')
        real(*args)

    config().SMTPHOST, config().SMTPPORT = '127.0.0.1', port
    SMTPDirect.bulkdeliver = deliver
    try:
        loop('outgoing')
    finally:
        SMTPDirect.bulkdeliver = real


def retry():
    """Runs the runner of the queue "retry", which moves everything to "out"."""
    loop('retry')


def loop(name):
    module = name.capitalize() + 'Runner'
    runner = getattr(__import__('Mailman.Queue.' + module, fromlist=[module]), module)()
    runner._oneloop()

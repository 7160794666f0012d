"""A Mailman 3 with two lists, for a test that has a real one deliver.

    mm3site.py CONFIG prepare    makes the lists test and staff of example.com
    mm3site.py CONFIG look       prints what became of mail, as JSON
"""

import json
import sys

from mailman.app.lifecycle import create_list
from mailman.core.initialize import initialize
from mailman.database.transaction import transaction
from mailman.interfaces.bounce import IBounceProcessor
from mailman.interfaces.domain import IDomainManager
from mailman.interfaces.listmanager import IListManager
from mailman.interfaces.member import MemberRole
from mailman.interfaces.requests import IListRequests, RequestType
from mailman.interfaces.usermanager import IUserManager
from mailman.utilities.datetime import now
from zope.component import getUtility

MEMBERS = 'anne@example.com', 'bart@example.net', 'user01@example.com', 'leaver@example.com'


def prepare():
    users = getUtility(IUserManager)
    with transaction():
        getUtility(IDomainManager).add('example.com')
        for name in MEMBERS + ('owner@example.com',):
            users.make_user(name)
            users.get_address(name).verified_on = now()
        for name in 'test', 'staff':
            mlist = create_list(name + '@example.com')
            mlist.send_welcome_message = False
            for member in MEMBERS:
                mlist.subscribe(users.get_address(member), MemberRole.member)
            mlist.subscribe(users.get_address('owner@example.com'), MemberRole.owner)


def look():
    held = {}
    for mlist in getUtility(IListManager):
        requests = IListRequests(mlist)
        held[mlist.list_name] = requests.count_of(RequestType.held_message)
    bounces = [event.email for event in getUtility(IBounceProcessor).events]
    print(json.dumps({'held': held, 'bounces': bounces}))


initialize(sys.argv[1])
{'prepare': prepare, 'look': look}[sys.argv[2]]()

"""A ConnectWise PSA (Manage), in its cloud or on somebody's own servers, with faults that can be switched on.

Its oddities: line breaks of notes do not survive; a note without `processNotifications: false` mails the contact; PATCH answers 200 to
what it does not do; a ticket's configurations come without names; statuses have other ids on each board.
"""

from tests.peers.connectwise.counterpart import Counterpart
from tests.peers.connectwise.office import CLIENT_ID, COMPANY_ID, PRIVATE_KEY, PUBLIC_KEY
from tests.peers.connectwise.server import ConnectWise

__all__ = ["CLIENT_ID", "COMPANY_ID", "PRIVATE_KEY", "PUBLIC_KEY", "ConnectWise", "Counterpart"]

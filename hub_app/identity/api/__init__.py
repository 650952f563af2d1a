"""REST of identity: signing in and out, API tokens, members, usage."""

from hub_app.identity.api import auth, me, members, operation, tokens
from hub_app.identity.service.access import authenticate
from hub_app.identity.service.usage import count_call

routers = [
    auth.router,
    me.router,
    tokens.router,
    members.router,
    members.invitations,
    members.operator,
    operation.router,
]

# What the wiring gives to every route (kernel/access.py).
__all__ = ["authenticate", "count_call", "routers"]

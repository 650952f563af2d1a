"""REST of identity: signing in and out, API tokens, members, usage."""

from fastapi import APIRouter

from hub_app.identity.service.access import authenticate
from hub_app.identity.service.usage import count_call

routers: list[APIRouter] = []

# What the wiring gives to every route (kernel/access.py).
__all__ = ["authenticate", "count_call", "routers"]

"""REST of tickets and work sessions."""

from hub_app.psa.api import connections, members, posts, sessions, templates, tickets

ROUTERS = [
    connections.providers,
    connections.router,
    tickets.router,
    members.router,
    posts.router,
    templates.notes,
    templates.sessions,
    sessions.router,
]

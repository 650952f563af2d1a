"""What the demo is filled with."""

API_KEY = "demo-key-4b8d2f6a9c"
CRM_KEY = "tave-demo-7c1e5b93f0d2"
LIGHTBLUE_USER = "studio"
LIGHTBLUE_PASSWORD = "Blue-sky-7141"  # noqa: S105 - of a site that is played
PSA_COMPANY = "northwind"
PSA_PUBLIC_KEY = "kP4xTq8sLw2ZrB9v"
PSA_PRIVATE_KEY = "Yc7Jm3Vd6Hn1Gf5t"
PSA_CLIENT_ID = "5f0c8f0e-3d53-4a0b-9a3e-7d2c41b6e901"
EVENTS = 36
# The first one to the flaky receiver stands alone until its three attempts are made.
_FLAKY_FROM = 18
Document = dict[str, object]


def endpoints(port: int) -> list[Document]:
    """What receives at the receiver on this port: one that works, one that fails at first, one that is not there."""
    here = f"http://127.0.0.1:{port}"
    # Port 9 is the discard service, which no machine of today runs: the connection is refused.
    return [
        {"name": "Warehouse", "url": f"{here}/warehouse", "description": "Accepts everything."},
        {
            "name": "Flaky shop",
            "url": f"{here}/flaky",
            "events": ["proofs.*"],
            "description": "Fails twice, then accepts.",
        },
        {
            "name": "Old intranet",
            "url": "http://127.0.0.1:9/hook",
            "events": ["order.paid"],
            "description": "Nobody listens there any more.",
        },
    ]


def event(number: int) -> Document:
    """One after another: orders of a shop, now and then an approval that goes to the flaky receiver."""
    order = {"order": f"A-{1001 + number // 3}", "customer": "Nora Lindgren", "total": 49.0 + number}
    if number == 0 or (number >= _FLAKY_FROM and number % 3 == 0):
        return {"type": "proofs.approved", "data": {**order, "album": "Summer wedding", "pages": 40}}
    return {"type": ("order.created", "order.paid", "order.shipped")[number % 3], "data": order}


def connector(port: int) -> Document:
    """An API behind a key: the tests' own, on this port."""
    item = {"name": "id", "type": "integer", "description": "The item's number"}
    return {
        "name": "stock",
        "display_name": "Stock",
        "description": "What is on the shelf. Played on this machine.",
        "auth_type": "api_key",
        "oauth_config": {"base_url": f"http://127.0.0.1:{port}/bearer"},
        "actions": [
            {"id": "list_items", "name": "List items", "endpoint": "/items"},
            {
                "id": "all_items",
                "name": "List all items, page by page",
                "endpoint": "/pages",
                "pagination": {"type": "page", "items": "items"},
                "cache_seconds": 60,
            },
            {"id": "get_item", "name": "Read an item", "endpoint": "/items/{id}", "parameters": [item]},
            {
                "id": "add_item",
                "name": "Add an item",
                "method": "POST",
                "endpoint": "/items",
                "parameters": [{"name": "name", "required": True, "description": "What it is called"}],
            },
        ],
    }


def plan(connector_id: str) -> Document:
    """Three steps that hand on what they found; an event `order.paid` runs it."""
    step = {"integration_id": connector_id}
    return {
        "name": "Restock after an order",
        "description": "Looks an item up, adds another one of its kind, and reads that one back.",
        "event_type": "order.paid",
        "steps": [
            {**step, "id": "found", "action": "get_item", "params": {"id": 1}},
            {
                **step,
                "id": "added",
                "action": "add_item",
                "params": {"name": "{{ steps.found.data.name }}, again"},
                "on_error": "retry",
            },
            {**step, "id": "checked", "action": "get_item", "params": {"id": "{{ steps.added.data.id }}"}},
        ],
    }

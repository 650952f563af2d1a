"""Figures of this process for Prometheus: what it counts while it works. Names and labels hold nothing of a tenant.

What only the database knows, such as how long queues are, a capability says when it is asked (`Capability.gauges`).
"""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from hub_app.kernel import forwarded

CONTENT_TYPE = CONTENT_TYPE_LATEST
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_REGISTRY = CollectorRegistry()
ProcessCollector(registry=_REGISTRY)
GCCollector(registry=_REGISTRY)

_requests = Histogram(
    "hub_http_request_duration_seconds",
    "REST requests that were answered, by their route's template, method and class of status.",
    ["route", "method", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=_REGISTRY,
)
_attempts = Histogram(
    "hub_delivery_attempt_duration_seconds",
    "Attempts to deliver a webhook: succeeded, or what kind of error it was.",
    ["outcome"],
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=_REGISTRY,
)
_jobs = Counter(
    "hub_jobs", "Jobs that ended, by their kind and outcome.", ["kind", "outcome"], registry=_REGISTRY
)


@dataclass(frozen=True, slots=True)
class Gauge:
    """A figure of this moment. Labels are words of Hub's own.

    Gauge("hub_tenants", "Tenants, by state and tier.", 12, {"state": "active", "tier": "free"})
    """

    name: str
    help: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict[str, str])


def request(route: str, method: str, status: int, seconds: float) -> None:
    """Count a request that was answered. Whatever the caller made up is no label."""
    known = method if method in _METHODS else "other"
    _requests.labels(route, known, f"{status // 100}xx").observe(seconds)


def attempt(error_kind: str, seconds: float) -> None:
    """Count an attempt to deliver; `error_kind` is "" for one that succeeded."""
    _attempts.labels(error_kind or "succeeded").observe(seconds)


def job(kind: str, outcome: str) -> None:
    _jobs.labels(kind, outcome).inc()


def text(gauges: Iterable[Gauge] = ()) -> bytes:
    """What this process has counted and these gauges, in Prometheus' text format."""
    found = CollectorRegistry()
    found.register(_Gauges(gauges))
    return generate_latest(_REGISTRY) + generate_latest(found)


class _Gauges(Collector):
    def __init__(self, gauges: Iterable[Gauge]) -> None:
        self._gauges = list(gauges)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        families: dict[str, GaugeMetricFamily] = {}
        for one in self._gauges:
            if one.name not in families:
                families[one.name] = GaugeMetricFamily(one.name, one.help, labels=list(one.labels))
            families[one.name].add_metric(list(one.labels.values()), one.value)
        return families.values()


def serve_on(port: int) -> None:
    """Answer at http://127.0.0.1:`port`/metrics with what this process has counted, for one that has no other HTTP. Forwarded
    requests are refused. OSError when the port is taken.
    """
    server = make_server("127.0.0.1", port, _answer, server_class=_Server, handler_class=_Silent)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()


def _answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    names = {key: str(value) for key, value in environ.items() if key.startswith("HTTP_")}
    headers = [(name[5:].replace("_", "-").encode(), value.encode()) for name, value in names.items()]
    if environ.get("PATH_INFO") != "/metrics":
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"There is nothing at this address.\n"]
    if not forwarded.is_direct(str(environ.get("REMOTE_ADDR", "")), headers):
        start_response("403 Forbidden", [("Content-Type", "text/plain")])
        return [b"Forwarded requests are refused.\n"]
    start_response("200 OK", [("Content-Type", CONTENT_TYPE)])
    return [text()]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Nothing: each look of Prometheus would be a line."""

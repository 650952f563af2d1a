"""Processes of Hub that need not import it: they are forked from one that has done so, which takes it two seconds."""

from multiprocessing import get_context

from hub_app.kernel import capabilities

FORKS = get_context("forkserver")
# Nothing has run in it yet, and it has no threads.
FORKS.set_forkserver_preload(
    [
        "pytest",
        "tests.commands",
        "tests.governance.calling_process",
        "tests.oauth.use_connection",
        "tests.plans.process",
        "hub_app.cli",
        *(f"hub_app.{name}.capability" for name in capabilities.names()),
    ]
)

"""What the pages of plans show, from their addresses."""

from dataclasses import dataclass

from hub_app.ui.page_address import PageAddress, parameter

TABS = ("steps", "runs", "settings")


@dataclass(frozen=True)
class PlansAddress(PageAddress):
    """`q` is a part of the name."""

    q: str = parameter(longest=100)


@dataclass(frozen=True)
class PlanAddress(PageAddress):
    """The tab; of the runs the one that is open, and its step; of the steps the one whose form is open."""

    tab: str = parameter(TABS, default=TABS[0])
    run: str = parameter(stays=False)
    step: str = parameter(stays=False)
    edit: str = parameter(stays=False)

    def of_run(self, run: object, step: str = "") -> str:
        return self.url(tab="runs", cursor="", run=str(run), step=step)

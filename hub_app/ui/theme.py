"""What the application needs of the design system: styles, scripts and wraps, for `rx.App`."""

import reflex as rx

STYLESHEETS = [
    "/tokens.css",
    "/hub/base.css",
    "/hub/shell.css",
    "/hub/controls.css",
    "/hub/content.css",
    "/hub/sides.css",
    "/hub/editor.css",
    "/hub/overlays.css",
]
# Before the first paint: a folded sidebar must not be seen unfolding.
_BEFORE_PAINT = """
try { if (localStorage.getItem("hub.sidebar") === "folded") document.documentElement.dataset.sidebar = "folded"; }
catch {}
"""
# Before anything reads the address: what `#secret=` carries stays in this tab, out of its state and its history.
_TAKE_SECRET = """
function takeSecret() {
  if (!location.hash.startsWith("#secret=")) return false;
  try { sessionStorage.setItem("hub.secret", location.hash.slice(8)); } catch {}
  history.replaceState(history.state, "", location.pathname + location.search);
  return true;
}
takeSecret();
addEventListener("popstate", () => { if (takeSecret()) location.reload(); });
"""  # noqa: S105 - a script


def head() -> list[rx.Component]:
    """The head of every page."""
    return [
        rx.el.link(rel="icon", type="image/svg+xml", href="/favicon.svg"),
        rx.el.link(
            rel="preload",
            href="/fonts/inter-latin-wght-normal.woff2",
            type="font/woff2",
            custom_attrs={"as": "font", "crossOrigin": "anonymous"},
        ),
        rx.el.script(_BEFORE_PAINT),
        rx.el.script(_TAKE_SECRET),
        rx.el.script(src="/hub.js", type="module"),
    ]


def toaster() -> rx.Component:
    """Where toasts appear; their colours are in assets/hub/overlays.css."""
    return rx.toast.provider(
        position="bottom-right",
        close_button=True,
        rich_colors=False,
        expand=False,
        duration=6000,
        visible_toasts=4,
    )

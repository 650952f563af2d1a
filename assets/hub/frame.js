// The sidebar: folded or not on a wide window (remembered), a drawer on a narrow one. Reflex's state would ask the
// server for each, and unfold after the first paint; its drawer would be a second sidebar, drawn in a portal.
import { around, find, findAll } from "./elements.js";

const root = document.documentElement;
const REMEMBERED = "hub.sidebar";
let scrolled = 0;

function refresh() {
  const folded = root.dataset.sidebar === "folded";
  for (const button of findAll(HTMLElement, "[data-fold]")) button.ariaPressed = String(folded);
  for (const entry of findAll(HTMLElement, ".hub-nav-entry")) {
    if (folded) entry.title = entry.textContent;
    else entry.removeAttribute("title");
  }
  const nav = find(HTMLElement, ".hub-nav");
  if (nav) nav.scrollTop = scrolled;
  find(HTMLElement, '.hub-nav-entry[aria-current="page"]')?.scrollIntoView({ block: "nearest" });
}

function fold() {
  const folded = root.dataset.sidebar !== "folded";
  if (folded) root.dataset.sidebar = "folded";
  else delete root.dataset.sidebar;
  localStorage.setItem(REMEMBERED, folded ? "folded" : "");
  refresh();
}

/** @param {boolean} open */
function setDrawer(open) {
  if (open === (root.dataset.nav === "open")) return;
  if (open) root.dataset.nav = "open";
  else delete root.dataset.nav;
  find(HTMLElement, ".hub-main")?.toggleAttribute("inert", open);
  const opener = find(HTMLElement, "[data-nav-open]");
  if (opener) opener.ariaExpanded = String(open);
  const target = open ? find(HTMLElement, ".hub-sidebar :is(a, button)") : opener;
  target?.focus();
}

document.addEventListener("click", ({ target }) => {
  if (around(HTMLElement, target, "[data-fold]")) fold();
  else if (around(HTMLElement, target, "[data-nav-open]")) setDrawer(true);
  else if (around(HTMLElement, target, "[data-reload]")) location.reload();
  else if (around(HTMLElement, target, ".hub-nav-scrim, .hub-nav-entry")) setDrawer(false);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !document.querySelector(":popover-open, dialog[open]")) setDrawer(false);
});

document.addEventListener(
  "scroll",
  ({ target }) => {
    if (target instanceof Element && target.matches(".hub-nav")) scrolled = target.scrollTop;
  },
  { capture: true, passive: true },
);

document.addEventListener("hub:page", () => {
  delete root.dataset.nav;
  refresh();
});

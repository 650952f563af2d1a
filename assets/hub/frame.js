// The sidebar: folded or not on a wide window (remembered), a drawer on a narrow one.
const root = document.documentElement;
const REMEMBERED = "hub.sidebar";
let scrolled = 0;

function refresh() {
  const folded = root.dataset.sidebar === "folded";
  for (const button of document.querySelectorAll("[data-fold]")) {
    button.setAttribute("aria-pressed", String(folded));
  }
  for (const entry of document.querySelectorAll(".hub-nav-entry")) {
    if (folded) entry.title = entry.textContent;
    else entry.removeAttribute("title");
  }
  const nav = document.querySelector(".hub-nav");
  if (nav) nav.scrollTop = scrolled;
}

function fold() {
  const folded = root.dataset.sidebar !== "folded";
  if (folded) root.dataset.sidebar = "folded";
  else delete root.dataset.sidebar;
  localStorage.setItem(REMEMBERED, folded ? "folded" : "");
  refresh();
}

const opener = () => document.querySelector("[data-nav-open]");

function setDrawer(open) {
  if (open === (root.dataset.nav === "open")) return;
  if (open) root.dataset.nav = "open";
  else delete root.dataset.nav;
  document.querySelector(".hub-main")?.toggleAttribute("inert", open);
  opener()?.setAttribute("aria-expanded", String(open));
  if (open) document.querySelector(".hub-sidebar :is(a, button)")?.focus();
  else opener()?.focus();
}

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-fold]")) fold();
  else if (target.closest("[data-nav-open]")) setDrawer(true);
  else if (target.closest("[data-reload]")) location.reload();
  else if (target.closest(".hub-nav-scrim, .hub-nav-entry")) setDrawer(false);
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

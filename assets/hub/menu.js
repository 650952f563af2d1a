// Menus are native popovers (light dismiss, Escape and the return of the focus come with them); here they get their
// place under the button and the arrow keys.
const GAP = 4;
const EDGE = 8;
const items = (menu) => [...menu.querySelectorAll('[role="menuitem"]')];

document.addEventListener(
  "beforetoggle",
  ({ target, newState }) => {
    if (newState !== "open" || !target.matches?.(".hub-menu")) return;
    const button = document.querySelector(`[popovertarget="${CSS.escape(target.id)}"]`).getBoundingClientRect();
    const above = button.bottom > innerHeight * 0.65;
    const right = button.left + button.width / 2 > document.documentElement.clientWidth / 2;
    Object.assign(target.style, {
      top: above ? "auto" : `${button.bottom + GAP}px`,
      bottom: above ? `${innerHeight - button.top + GAP}px` : "auto",
      left: right ? "auto" : `${Math.max(EDGE, button.left)}px`,
      right: right ? `${Math.max(EDGE, document.documentElement.clientWidth - button.right)}px` : "auto",
      minWidth: `${Math.max(button.width, 208)}px`,
      maxWidth: `${(right ? button.right : document.documentElement.clientWidth - button.left) - EDGE}px`,
    });
  },
  true,
);

document.addEventListener(
  "toggle",
  ({ target, newState }) => {
    if (newState === "open" && target.matches?.(".hub-menu")) items(target)[0]?.focus();
  },
  true,
);

const STEPS = {
  ArrowDown: (at, count) => (at + 1) % count,
  ArrowUp: (at, count) => (at - 1 + count) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
};

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.(".hub-menu:popover-open");
  if (!menu) return;
  if (event.key === "Tab") menu.hidePopover();
  if (!STEPS[event.key]) return;
  event.preventDefault();
  const all = items(menu);
  all[STEPS[event.key](all.indexOf(document.activeElement), all.length)]?.focus();
});

document.addEventListener("click", ({ target }) => {
  const menu = target.closest('[role="menuitem"]')?.closest(".hub-menu:popover-open");
  // A submit button must still be in its form when the browser acts on the click.
  if (menu) setTimeout(() => menu.isConnected && menu.hidePopover());
});

// Escape closes the menu only, not a dialog around it, which listens on the document.
addEventListener(
  "keydown",
  (event) => {
    if (event.key === "Escape" && document.querySelector(".hub-menu:popover-open")) event.stopPropagation();
  },
  true,
);

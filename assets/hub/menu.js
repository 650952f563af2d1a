// Menus are native popovers (light dismiss, Escape and the return of the focus come with them); here they get their
// place under the button and the arrow keys. Reflex's dropdown menu does the same for 25 kB more on every page
// (compressed), and React draws its entries anew each time that it opens.
import { around, find, findAll } from "./elements.js";

const GAP = 4;
const EDGE = 8;

/**
 * The menu that an event is about, if it is about one.
 * @param {EventTarget | null} target
 */
const menuOf = (target) => (target instanceof HTMLElement && target.matches(".hub-menu") ? target : null);

/** @param {HTMLElement} menu */
const items = (menu) => findAll(HTMLElement, '[role="menuitem"]', menu);

document.addEventListener(
  "beforetoggle",
  ({ target, newState }) => {
    const menu = newState === "open" && menuOf(target);
    const opener = menu && find(HTMLElement, `[popovertarget="${CSS.escape(menu.id)}"]`);
    if (!opener) return;
    const button = opener.getBoundingClientRect();
    const above = button.bottom > innerHeight * 0.65;
    const room = above ? button.top : innerHeight - button.bottom;
    const right = button.left + button.width / 2 > document.documentElement.clientWidth / 2;
    Object.assign(menu.style, {
      top: above ? "auto" : `${button.bottom + GAP}px`,
      bottom: above ? `${innerHeight - button.top + GAP}px` : "auto",
      left: right ? "auto" : `${Math.max(EDGE, button.left)}px`,
      right: right ? `${Math.max(EDGE, document.documentElement.clientWidth - button.right)}px` : "auto",
      maxHeight: `${room - GAP - EDGE}px`,
      minWidth: `${Math.max(button.width, 208)}px`,
      maxWidth: `${(right ? button.right : document.documentElement.clientWidth - button.left) - EDGE}px`,
    });
  },
  true,
);

document.addEventListener(
  "toggle",
  ({ target, newState }) => {
    const menu = newState === "open" && menuOf(target);
    if (menu) items(menu)[0]?.focus();
  },
  true,
);

/** @type {Record<string, (at: number, count: number) => number>} */
const STEPS = {
  ArrowDown: (at, count) => (at + 1) % count,
  ArrowUp: (at, count) => (at > 0 ? at : count) - 1,
  Home: () => 0,
  End: (_, count) => count - 1,
};

document.addEventListener("keydown", (event) => {
  const menu = around(HTMLElement, event.target, ".hub-menu:popover-open");
  if (!menu) return;
  if (event.key === "Tab") menu.hidePopover();
  const step = STEPS[event.key];
  if (!step) return;
  event.preventDefault();
  const all = items(menu);
  const at = all.findIndex((item) => item === document.activeElement);
  all[step(at, all.length)]?.focus();
});

document.addEventListener("click", ({ target }) => {
  const item = around(HTMLElement, target, '[role="menuitem"]');
  const menu = around(HTMLElement, item, ".hub-menu:popover-open");
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

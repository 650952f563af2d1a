// Where the focus goes. Radix's dialogs, which Reflex wraps, give it back only to a trigger of their own, and Hub's
// open by a state. Reflex's `set_focus` moves it before React has drawn, and away from a person who went on.
import { find } from "./elements.js";

// <hub-focus>: stands in every dialog. When the dialog goes, the focus goes back to where it was.
class HubFocus extends HTMLElement {
  /** @type {Element | null} */
  #before = null;

  connectedCallback() {
    this.#before = document.activeElement;
  }

  disconnectedCallback() {
    const before = this.#before;
    setTimeout(() => {
      if (document.activeElement !== document.body || !before?.isConnected) return;
      const menu = before.closest(".hub-menu");
      const target = menu ? find(HTMLElement, `[popovertarget="${CSS.escape(menu.id)}"]`) : before;
      if (target instanceof HTMLElement) target.focus({ preventScroll: true });
    });
  }
}

customElements.define("hub-focus", HubFocus);

/**
 * What had the focus when the person last did something that Hub may still be answering.
 * @type {Element | null}
 */
let acted = null;
document.addEventListener("click", () => (acted = document.activeElement), true);
document.addEventListener("submit", () => (acted = document.activeElement), true);

/**
 * Moves the focus onto this element as an answer to what was done, unless the person went on to something else: whether
 * it did.
 * @param {HTMLElement | null | undefined} element
 * @param {Element | null} [done] What `onceDrawn` gave: an answer that was drawn late is not one to what was done since.
 */
export function lead(element, done = acted) {
  if (done !== acted) return false;
  const now = document.activeElement;
  // Where the focus falls when React takes away what had it: into the dialog, or onto the page.
  const fell = now === document.body || now?.matches('[role="dialog"], [role="alertdialog"]');
  if (!element || !(fell || now === acted)) return false;
  element.focus();
  return true;
}

/** @param {(done: Element | null) => void} work Gets what had the focus when the person did what is answered now. */
export function onceDrawn(work) {
  const done = acted;
  requestAnimationFrame(() => requestAnimationFrame(() => work(done)));
}

/**
 * Puts the focus on the first of these buttons, by their names, that can be pressed, once React has drawn them.
 * @param {...string} names
 */
export function focusButton(...names) {
  onceDrawn((done) => {
    const found = names.map((name) => find(HTMLButtonElement, `button[aria-label="${CSS.escape(name)}"]`));
    lead(found.find((button) => button && !button.disabled), done);
  });
}

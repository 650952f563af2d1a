// <hub-focus>: stands in every dialog. When the dialog goes, the focus goes back to where it was; Radix does this only
// for a dialog that its own trigger opened.
class HubFocus extends HTMLElement {
  connectedCallback() {
    this.before = document.activeElement;
  }

  disconnectedCallback() {
    const before = this.before;
    setTimeout(() => {
      if (document.activeElement !== document.body || !before?.isConnected) return;
      const menu = before.closest(".hub-menu");
      const target = menu ? document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`) : before;
      target?.focus({ preventScroll: true });
    });
  }
}

customElements.define("hub-focus", HubFocus);

// What had the focus when the person last did something that Hub may still be answering.
let acted = null;
document.addEventListener("click", () => (acted = document.activeElement), true);
document.addEventListener("submit", () => (acted = document.activeElement), true);

/** Moves the focus onto this element as an answer to what was done, unless the person went on to something else. */
export function lead(element) {
  const now = document.activeElement;
  // Where the focus falls when React takes away what had it: into the dialog, or onto the page.
  const fell = now === document.body || now?.matches('[role="dialog"], [role="alertdialog"]');
  if (fell || now === acted) element?.focus();
}

export function onceDrawn(work) {
  requestAnimationFrame(() => requestAnimationFrame(work));
}

/** Puts the focus on the first of these buttons, by their names, that can be pressed, once React has drawn them. */
function focusButton(...names) {
  onceDrawn(() => {
    const found = names.map((name) => document.querySelector(`button[aria-label="${CSS.escape(name)}"]`));
    lead(found.find((button) => button && !button.disabled));
  });
}

window.hub = { ...window.hub, focusButton };

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

/** Puts the focus on the first of these buttons, by their names, that can be pressed, once React has drawn them. */
function focusButton(...names) {
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const found = names.map((name) => document.querySelector(`button[aria-label="${CSS.escape(name)}"]`));
      found.find((button) => button && !button.disabled)?.focus();
    }),
  );
}

window.hub = { ...window.hub, focusButton };

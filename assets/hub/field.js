// What shows something of one field of its form, while it is typed or chosen there. Reflex's states know of it only by asking
// the server.

/** An element whose `data-field` names a field of its form; `show` is called with that, first and after each change. */
export class OfField extends HTMLElement {
  /** @type {HTMLFormElement | null} */
  #form = null;

  connectedCallback() {
    this.#form = this.closest("form");
    this.#form?.addEventListener("input", this);
    this.handleEvent();
  }

  disconnectedCallback() {
    this.#form?.removeEventListener("input", this);
  }

  handleEvent() {
    const { field = "" } = this.dataset;
    this.show(this.#form?.elements.namedItem(field) ?? null);
  }

  /** @param {Element | RadioNodeList | null} _field */
  show(_field) {}
}

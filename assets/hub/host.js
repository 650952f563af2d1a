// <hub-host data-field="base_url" data-otherwise="this API">: the host of the URL in a field of its form, as it is typed.
// Reflex's states know of what is typed only by asking the server.
import { isField } from "./elements.js";

class HubHost extends HTMLElement {
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
    const { field = "", otherwise = "" } = this.dataset;
    const named = this.#form?.elements.namedItem(field);
    const url = isField(named) ? URL.parse(named.value.trim()) : null;
    this.textContent = url?.host || otherwise;
  }
}

customElements.define("hub-host", HubHost);

// <hub-when data-field data-values="a b">: shows what is in it while the field of its form has one of these values.
// Reflex's `cond` knows a value only when the server does, and takes away the fields with what was typed into them.
import { isField } from "./elements.js";

class HubWhen extends HTMLElement {
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
    const { field = "", values = "" } = this.dataset;
    const named = this.#form?.elements.namedItem(field);
    const value = named instanceof RadioNodeList || isField(named) ? named.value : "";
    this.hidden = !values.split(" ").includes(value);
  }
}

customElements.define("hub-when", HubWhen);

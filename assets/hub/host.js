// <hub-host data-field="base_url" data-otherwise="this API">: the host of the URL in a field of its form, as it is typed.
// Reflex's states know of what is typed only by asking the server.
import { isField } from "./elements.js";
import { OfField } from "./field.js";

class HubHost extends OfField {
  /**
   * @override
   * @param {Element | RadioNodeList | null} field
   */
  show(field) {
    const url = isField(field) ? URL.parse(field.value.trim()) : null;
    this.textContent = url?.host || this.dataset.otherwise || "";
  }
}

customElements.define("hub-host", HubHost);

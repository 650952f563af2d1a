// <hub-when data-field data-values="a b">: shows what is in it while the field of its form has one of these values.
// Reflex's `cond` knows a value only when the server does, and takes away the fields with what was typed into them.
import { isField } from "./elements.js";
import { OfField } from "./field.js";

class HubWhen extends OfField {
  /**
   * @override
   * @param {Element | RadioNodeList | null} field
   */
  show(field) {
    const value = field instanceof RadioNodeList || isField(field) ? field.value : "";
    const { values = "" } = this.dataset;
    this.hidden = !values.split(" ").includes(value);
  }
}

customElements.define("hub-when", HubWhen);

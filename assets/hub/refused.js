// What a refused form shows: its first message in view with the focus in its field, and at its button how many fields
// need attention. Reflex's state has the messages, but neither knows which of them the page shows nor where it is
// scrolled to.
import { around, find, findAll } from "./elements.js";
import { lead, onceDrawn } from "./focus.js";

const CONTROLS = "input:not([type=hidden], :disabled), select, textarea, button:not(:disabled), hub-tags";

/**
 * The places for messages that hold one, in the order in which they stand on the page.
 * @param {ParentNode} [place]
 */
function messages(place) {
  return findAll(HTMLElement, "[data-error-for]", place).filter(
    (message) => message.textContent !== "" && !message.closest("[hidden]"),
  );
}

/**
 * What is to be mended for a message: its field, or the first control of the group that it is about.
 * @param {HTMLElement} message
 */
function controlOf(message) {
  const own = document.getElementById(message.dataset.errorFor ?? "");
  if (own?.matches(CONTROLS)) return own;
  for (let place = message.parentElement; place && !place.matches("form"); place = place.parentElement) {
    const control = find(HTMLElement, CONTROLS, place);
    if (control) return control;
  }
  return null;
}

/**
 * Goes to the first message of a form, unless the person went on to something else.
 * @param {ParentNode} [place]
 * @param {Element | null} [done] As in `lead`.
 */
export function leadToMessage(place, done) {
  const [first] = messages(place);
  if (first && lead(controlOf(first), done)) first.scrollIntoView({ block: "center" });
}

/**
 * Goes to the first of these fields' messages, once React has drawn it; says `otherwise` what is wrong where the page
 * has no such field, or does not show it, and when it is about no field.
 * @param {string[]} fields
 * @param {() => void} otherwise
 */
export function refused(fields, otherwise) {
  if (fields.length === 0) otherwise();
  else onceDrawn((done) => {
    // What is wrong with one entry (`events.0`) stands beside it, or beside the field that holds them all.
    const places = fields.map((name) => placeOf(name) ?? placeOf(name.split(".")[0] ?? name));
    places.forEach(unfold);
    if (!places.every((place) => place?.checkVisibility())) otherwise();
    leadToMessage(document, done);
  });
}

/**
 * Where the message of a field stands.
 * @param {string} name
 */
function placeOf(name) {
  return document.querySelector(`[data-error-for="${CSS.escape(name)}"]`);
}

/**
 * Opens what an element is folded away in.
 * @param {Element | null} element
 */
export function unfold(element) {
  const folded = around(HTMLDetailsElement, element, "details:not([open])");
  if (folded) folded.open = true;
}

// <hub-attention>: stands at the button of a form with several fields.
class HubAttention extends HTMLElement {
  #told = "";
  #watch = new MutationObserver(() => this.#tell());

  connectedCallback() {
    const form = this.closest("form");
    if (form) this.#watch.observe(form, { childList: true, characterData: true, subtree: true });
    this.#tell();
  }

  disconnectedCallback() {
    this.#watch.disconnect();
  }

  #tell() {
    const form = this.closest("form");
    if (!form) return;
    const count = messages(form).length;
    const words = count === 1 ? "1 field needs attention" : `${count} fields need attention`;
    const told = count > 0 && form.querySelectorAll("[data-error-for]").length > 1 ? words : "";
    if (told === this.#told) return;
    this.#told = told;
    this.replaceChildren(told);
  }
}

customElements.define("hub-attention", HubAttention);

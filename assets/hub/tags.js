// <hub-tags id data-name data-value="a,b" data-suggestions="a,b,c" data-placeholder data-labelledby data-describedby>:
// a field for several words. Sends them, separated by commas, under its name. Neither Reflex nor Radix has a field for
// several words or one with suggestions.
import { around, find, findAll, make } from "./elements.js";

/** @param {string | null | undefined} text */
const split = (text) => (text ?? "").split(",").map((word) => word.trim()).filter(Boolean);

export class HubTags extends HTMLElement {
  static observedAttributes = ["data-value", "aria-invalid"];

  /** @type {string[]} */
  #words = [];
  #sent = make("input", { type: "hidden" });
  #input = make("input", { type: "text", autocomplete: "off", role: "combobox", ariaExpanded: "false" });
  #list = make("ul", { className: "hub-tags-list", hidden: true, role: "listbox", ariaLabel: "Suggestions" });

  constructor() {
    super();
    this.#input.addEventListener("input", () => this.#typed());
    this.#input.addEventListener("focus", () => this.#suggest());
    this.#input.addEventListener("blur", () => this.#left());
    this.#input.addEventListener("keydown", (event) => this.#key(event));
    this.#list.addEventListener("pointerdown", (event) => this.#chosen(event));
    this.addEventListener("click", ({ target }) => target === this && this.focus());
  }

  connectedCallback() {
    const { name = "", placeholder = "", labelledby = "", describedby } = this.dataset;
    this.#sent.name = name;
    this.#input.placeholder = placeholder;
    this.#list.id = `${this.id}-list`;
    this.#input.setAttribute("aria-controls", this.#list.id);
    this.#input.setAttribute("aria-labelledby", labelledby);
    if (describedby) this.#input.setAttribute("aria-describedby", describedby);
    this.replaceChildren(this.#sent, this.#input, this.#list);
    this.#show(split(this.dataset.value));
  }

  /**
   * @param {string} name
   * @param {string | null} before
   * @param {string | null} now
   */
  attributeChangedCallback(name, before, now) {
    if (name === "aria-invalid") this.#input.ariaInvalid = now ?? "false";
    else if (before !== now) this.#show(split(now));
  }

  /** @override */
  focus() {
    this.#input.focus();
  }

  /** @param {string} text */
  fill(text) {
    this.#change(split(text));
  }

  /** @param {string[]} words */
  #show(words) {
    this.#words = words;
    for (const tag of this.querySelectorAll(".hub-tag")) tag.remove();
    this.#input.before(...words.map((word) => this.#tag(word)));
    this.#sent.value = words.join(",");
  }

  /** @param {string} word */
  #tag(word) {
    const remove = make("button", { type: "button", ariaLabel: `Remove ${word}` }, "×");
    remove.addEventListener("click", () => {
      this.#change(this.#words.filter((other) => other !== word));
      this.#input.focus();
    });
    return make("span", { className: "hub-tag" }, make("span", { className: "hub-truncate" }, word), remove);
  }

  /** @param {string[]} words */
  #change(words) {
    this.#show([...new Set(words)]);
    this.#sent.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** @param {string} text */
  #add(text) {
    this.#input.value = "";
    this.#change([...this.#words, ...split(text)]);
    this.#suggest();
  }

  #typed() {
    if (this.#input.value.includes(",")) this.#add(this.#input.value);
    else this.#suggest();
  }

  #suggest() {
    const typed = this.#input.value.toLowerCase();
    const fits = split(this.dataset.suggestions).filter(
      (word) => !this.#words.includes(word) && word.toLowerCase().includes(typed),
    );
    this.#list.replaceChildren(
      ...fits.slice(0, 50).map((word, index) => {
        return make("li", { id: `${this.#list.id}-${index}`, role: "option", ariaSelected: "false" }, word);
      }),
    );
    this.#open(fits.length > 0 && document.activeElement === this.#input);
  }

  /** @param {boolean} open */
  #open(open) {
    this.#list.hidden = !open;
    this.#input.ariaExpanded = String(open);
    this.#input.removeAttribute("aria-activedescendant");
    // A dialog's body scrolls, and would hide the end of a list that opens near its lower edge.
    if (open) this.#list.scrollIntoView({ block: "nearest" });
  }

  /** Closes the suggestions; whether they were open. */
  close() {
    const open = !this.#list.hidden;
    this.#open(false);
    return open;
  }

  #left() {
    if (this.#input.value.trim()) this.#add(this.#input.value);
    this.#open(false);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const marked = find(HTMLLIElement, '[aria-selected="true"]', this.#list);
    if (event.key === "Enter" && (marked || this.#input.value.trim())) {
      event.preventDefault();
      this.#add(marked ? marked.textContent : this.#input.value);
    } else if (event.key === "Backspace" && !this.#input.value) this.#change(this.#words.slice(0, -1));
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      this.#mark(marked, event.key === "ArrowDown" ? 1 : -1);
    }
  }

  /**
   * @param {HTMLLIElement | null} marked
   * @param {1 | -1} step
   */
  #mark(marked, step) {
    if (this.#list.hidden) this.#suggest();
    const options = findAll(HTMLLIElement, "li", this.#list);
    const at = options.findIndex((option) => option === marked);
    const next = step > 0 ? options[(at + 1) % options.length] : options.at(at > 0 ? at - 1 : -1);
    if (!next) return;
    if (marked) marked.ariaSelected = "false";
    next.ariaSelected = "true";
    next.scrollIntoView({ block: "nearest" });
    this.#input.setAttribute("aria-activedescendant", next.id);
  }

  /** @param {PointerEvent} event */
  #chosen(event) {
    event.preventDefault();
    const option = around(HTMLLIElement, event.target, "li");
    if (option) this.#add(option.textContent);
  }
}

customElements.define("hub-tags", HubTags);

// Escape closes the suggestions only, not the dialog around them, which listens on the document.
addEventListener(
  "keydown",
  (event) => {
    if (event.key === "Escape" && around(HubTags, event.target, "hub-tags")?.close()) event.stopPropagation();
  },
  true,
);

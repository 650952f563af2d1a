// <hub-picks data-list="id">: above a list of boxes: a search through it when it is long, all, none, and how many are
// ticked. All and none are of what the search shows. Reflex's and Radix's groups of boxes have none of this, and their
// states would ask the server for each letter and each tick.
import { findAll, make } from "./elements.js";

const LONG = 12;
const LABEL = "Search in the list";
const LOOK = "hub-button hub-button-secondary hub-button-small";

class HubPicks extends HTMLElement {
  #count = make("span", { className: "hub-small hub-text-2", role: "status" });
  #search = make("input", { type: "search", className: "hub-input", placeholder: LABEL, ariaLabel: LABEL });
  #all = make("button", { type: "button", className: LOOK }, "All");
  #none = make("button", { type: "button", className: LOOK }, "None");
  /** @type {HTMLElement | null} */
  #list = null;
  // React may fill the list after this element.
  #observer = new MutationObserver(() => this.handleEvent());

  constructor() {
    super();
    this.#search.addEventListener("input", (event) => {
      event.stopPropagation();
      this.#filter();
    });
    this.#search.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
    this.#all.addEventListener("click", () => this.#tick(true));
    this.#none.addEventListener("click", () => this.#tick(false));
  }

  connectedCallback() {
    this.replaceChildren(this.#search, this.#all, this.#none, this.#count);
    this.#list = document.getElementById(this.dataset.list ?? "");
    this.#list?.addEventListener("change", this);
    if (this.#list) this.#observer.observe(this.#list, { childList: true });
    this.handleEvent();
  }

  disconnectedCallback() {
    this.#list?.removeEventListener("change", this);
    this.#observer.disconnect();
  }

  handleEvent() {
    const boxes = this.#boxes();
    this.#search.hidden = boxes.length < LONG;
    this.#count.textContent = `${boxes.filter((box) => box.checked).length} of ${boxes.length} chosen`;
  }

  #boxes() {
    return this.#list ? findAll(HTMLInputElement, 'input[type="checkbox"]', this.#list) : [];
  }

  #filter() {
    const words = this.#search.value.toLowerCase().split(/\s+/);
    for (const box of this.#boxes()) {
      const entry = box.closest("label");
      if (entry) entry.hidden = !words.every((word) => entry.textContent.toLowerCase().includes(word));
    }
  }

  /** @param {boolean} ticked */
  #tick(ticked) {
    for (const box of this.#boxes()) {
      if (!box.closest("label")?.hidden && box.checked !== ticked) box.click();
    }
  }
}

customElements.define("hub-picks", HubPicks);

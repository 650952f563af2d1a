// <hub-picks data-list="id">: above a list of boxes: a search through it when it is long, all, none, and how many are
// ticked. All and none are of what the search shows.
const LONG = 12;

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

class HubPicks extends HTMLElement {
  connectedCallback() {
    this.count = make("span", { className: "hub-small hub-text-2" });
    this.count.setAttribute("role", "status");
    this.search = make("input", { type: "search", className: "hub-input", placeholder: "Search in the list" });
    this.search.setAttribute("aria-label", "Search in the list");
    this.search.addEventListener("input", (event) => {
      event.stopPropagation();
      this.#filter();
    });
    this.search.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
    const look = "hub-button hub-button-secondary hub-button-small";
    const all = make("button", { type: "button", className: look, textContent: "All" });
    const none = make("button", { type: "button", className: look, textContent: "None" });
    all.addEventListener("click", () => this.#tick(true));
    none.addEventListener("click", () => this.#tick(false));
    this.replaceChildren(this.search, all, none, this.count);
    this.list = document.getElementById(this.dataset.list);
    this.list?.addEventListener("change", this);
    // React may fill the list after this element.
    this.observer = new MutationObserver(() => this.handleEvent());
    if (this.list) this.observer.observe(this.list, { childList: true });
    this.handleEvent();
  }

  disconnectedCallback() {
    this.list?.removeEventListener("change", this);
    this.observer.disconnect();
  }

  handleEvent() {
    const boxes = this.#boxes();
    this.search.hidden = boxes.length < LONG;
    this.count.textContent = `${boxes.filter((box) => box.checked).length} of ${boxes.length} chosen`;
  }

  #boxes() {
    return [...(this.list?.querySelectorAll('input[type="checkbox"]') ?? [])];
  }

  #filter() {
    const words = this.search.value.toLowerCase().split(/\s+/);
    for (const box of this.#boxes()) {
      const entry = box.closest("label");
      entry.hidden = !words.every((word) => entry.textContent.toLowerCase().includes(word));
    }
  }

  #tick(ticked) {
    for (const box of this.#boxes()) {
      if (!box.closest("label").hidden && box.checked !== ticked) box.click();
    }
  }
}

customElements.define("hub-picks", HubPicks);

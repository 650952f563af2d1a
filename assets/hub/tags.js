// <hub-tags id data-name data-value="a,b" data-suggestions="a,b,c" data-placeholder data-labelledby data-describedby>:
// a field for several words. Sends them, separated by commas, under its name.
const split = (text) => (text ?? "").split(",").map((word) => word.trim()).filter(Boolean);

function make(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}

class HubTags extends HTMLElement {
  static observedAttributes = ["data-value", "aria-invalid"];

  connectedCallback() {
    const { name, placeholder, labelledby, describedby } = this.dataset;
    this.words = split(this.dataset.value);
    this.sent = make("input", { type: "hidden", name });
    this.input = make("input", { type: "text", placeholder: placeholder ?? "", autocomplete: "off" });
    this.list = make("ul", { id: `${this.id}-list`, className: "hub-tags-list", hidden: true });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Suggestions");
    this.input.setAttribute("role", "combobox");
    this.input.setAttribute("aria-controls", this.list.id);
    this.input.setAttribute("aria-expanded", "false");
    this.input.setAttribute("aria-labelledby", labelledby);
    if (describedby) this.input.setAttribute("aria-describedby", describedby);
    this.replaceChildren(this.sent, this.input, this.list);
    this.input.addEventListener("input", () => this.#typed());
    this.input.addEventListener("focus", () => this.#suggest());
    this.input.addEventListener("blur", () => this.#left());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.list.addEventListener("pointerdown", (event) => this.#chosen(event));
    this.addEventListener("click", ({ target }) => target === this && this.input.focus());
    this.#show();
    this.attributeChangedCallback("aria-invalid");
  }

  attributeChangedCallback(name, before, now) {
    if (!this.input) return;
    if (name === "aria-invalid") this.input.setAttribute("aria-invalid", this.getAttribute("aria-invalid") ?? "false");
    else if (before !== now) {
      this.words = split(now);
      this.#show();
    }
  }

  focus() {
    this.input?.focus();
  }

  fill(text) {
    this.#change(split(text));
  }

  #show() {
    for (const tag of this.querySelectorAll(".hub-tag")) tag.remove();
    this.input.before(...this.words.map((word) => this.#tag(word)));
    this.sent.value = this.words.join(",");
  }

  #tag(word) {
    const tag = make("span", { className: "hub-tag" });
    const remove = make("button", { type: "button", textContent: "×" });
    remove.setAttribute("aria-label", `Remove ${word}`);
    remove.addEventListener("click", () => {
      this.#change(this.words.filter((other) => other !== word));
      this.input.focus();
    });
    tag.append(make("span", { className: "hub-truncate", textContent: word }), remove);
    return tag;
  }

  #change(words) {
    this.words = [...new Set(words)];
    this.#show();
    this.sent.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #add(text) {
    this.input.value = "";
    this.#change([...this.words, ...split(text)]);
    this.#suggest();
  }

  #typed() {
    if (this.input.value.includes(",")) this.#add(this.input.value);
    else this.#suggest();
  }

  #suggest() {
    const typed = this.input.value.toLowerCase();
    const fits = split(this.dataset.suggestions).filter(
      (word) => !this.words.includes(word) && word.toLowerCase().includes(typed),
    );
    this.list.replaceChildren(
      ...fits.slice(0, 50).map((word, index) => {
        const option = make("li", { id: `${this.list.id}-${index}`, textContent: word });
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        return option;
      }),
    );
    this.#open(fits.length > 0 && document.activeElement === this.input);
  }

  #open(open) {
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
    this.input.removeAttribute("aria-activedescendant");
  }

  /** Closes the suggestions; whether they were open. */
  close() {
    const open = !this.list.hidden;
    this.#open(false);
    return open;
  }

  #left() {
    if (this.input.value.trim()) this.#add(this.input.value);
    this.#open(false);
  }

  #key(event) {
    const marked = this.list.querySelector('[aria-selected="true"]');
    if (event.key === "Enter" && (marked || this.input.value.trim())) {
      event.preventDefault();
      this.#add(marked ? marked.textContent : this.input.value);
    } else if (event.key === "Backspace" && !this.input.value) this.#change(this.words.slice(0, -1));
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      this.#mark(marked, event.key === "ArrowDown" ? 1 : -1);
    }
  }

  #mark(marked, step) {
    if (this.list.hidden) this.#suggest();
    const options = [...this.list.children];
    if (options.length === 0) return;
    const next = options[(options.indexOf(marked) + step + options.length) % options.length];
    marked?.setAttribute("aria-selected", "false");
    next.setAttribute("aria-selected", "true");
    next.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", next.id);
  }

  #chosen(event) {
    const option = event.target.closest("li");
    event.preventDefault();
    if (option) this.#add(option.textContent);
  }
}

customElements.define("hub-tags", HubTags);

// Escape closes the suggestions only, not the dialog around them, which listens on the document.
addEventListener(
  "keydown",
  (event) => {
    if (event.key === "Escape" && event.target.closest?.("hub-tags")?.close()) event.stopPropagation();
  },
  true,
);

// <hub-when data-field data-values="a b">: shows what is in it while the field of its form has one of these values.
class HubWhen extends HTMLElement {
  connectedCallback() {
    this.listening = this.closest("form");
    this.listening?.addEventListener("input", this);
    this.handleEvent();
  }

  disconnectedCallback() {
    this.listening?.removeEventListener("input", this);
  }

  handleEvent() {
    const value = this.listening?.elements.namedItem(this.dataset.field)?.value ?? "";
    this.hidden = !this.dataset.values.split(" ").includes(value);
  }
}

customElements.define("hub-when", HubWhen);

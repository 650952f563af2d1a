// <hub-page data-title>: stands in every page. Names the document, and after a navigation inside the app moves the
// focus to the heading, which is what makes a screen reader announce the new page.
const path = () => location.pathname.replace(/\/$/, "");
let shown = path();

class HubPage extends HTMLElement {
  static observedAttributes = ["data-title"];

  connectedCallback() {
    this.#name();
    document.dispatchEvent(new Event("hub:page"));
    if (path() !== shown) {
      shown = path();
      requestAnimationFrame(() => document.querySelector("h1[tabindex]")?.focus({ preventScroll: true }));
    }
  }

  attributeChangedCallback() {
    this.#name();
  }

  #name() {
    const title = this.dataset.title;
    // React puts the route's own title into the head in the same breath; this one comes after it.
    if (title) setTimeout(() => this.isConnected && (document.title = `${title} · Hub`));
  }
}

customElements.define("hub-page", HubPage);

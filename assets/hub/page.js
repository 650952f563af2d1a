// <hub-page>: stands in every page. After a navigation inside the app it moves the focus to the heading, which is what
// makes a screen reader announce the new page. Reflex's router leaves the focus on the body. `data-person` and
// `data-tenant` say for whom the page is filled.
import { find } from "./elements.js";

const path = () => location.pathname.replace(/\/$/, "");
let shown = path();

class HubPage extends HTMLElement {
  static observedAttributes = ["data-person", "data-tenant"];

  attributeChangedCallback() {
    document.dispatchEvent(new Event("hub:person"));
  }

  connectedCallback() {
    document.dispatchEvent(new Event("hub:page"));
    if (path() === shown) return;
    shown = path();
    requestAnimationFrame(() => find(HTMLElement, "h1[tabindex]")?.focus({ preventScroll: true }));
  }
}

customElements.define("hub-page", HubPage);

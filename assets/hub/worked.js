// <hub-worked data-seconds data-since>: how long somebody has worked, which grows while a clock runs. Reflex
// would have the server send it every minute.
const MINUTE = 60;

class HubWorked extends HTMLElement {
  static observedAttributes = ["data-seconds", "data-since"];
  #timer = 0;
  #shown = "";

  connectedCallback() {
    this.#timer = setInterval(() => this.#show(), 5000);
    this.#show();
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  attributeChangedCallback() {
    this.#show();
  }

  #show() {
    const since = Date.parse(this.dataset.since ?? "");
    const running = Number.isNaN(since) ? 0 : Math.max(0, (Date.now() - since) / 1000);
    const minutes = Math.floor((Number(this.dataset.seconds ?? 0) + running) / MINUTE);
    const hours = Math.floor(minutes / MINUTE);
    const text = hours ? `${hours} h ${minutes % MINUTE} min` : `${minutes} min`;
    if (this.#shown === text) return;
    this.#shown = text;
    this.replaceChildren(text);
  }
}

customElements.define("hub-worked", HubWorked);

// <hub-code data-text data-lang="json">: text of a code block, coloured when it is JSON of a readable size.
// Reflex's code block brings 14 kB (compressed) for it, fetches the grammar afterwards, and has colours of its own.
import { make } from "./elements.js";

const LIMIT = 200_000;
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;

/**
 * @param {string} kind
 * @param {string} text
 */
const span = (kind, text) => make("span", { className: `hub-code-${kind}` }, text);

/** @param {string} text */
function coloured(text) {
  const parts = new DocumentFragment();
  let at = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [whole, string, colon, word] = match;
    parts.append(text.slice(at, match.index));
    if (string) parts.append(span(colon ? "key" : "string", string), colon ?? "");
    else parts.append(span(word ? "word" : "number", whole));
    at = match.index + whole.length;
  }
  parts.append(text.slice(at));
  return parts;
}

class HubCode extends HTMLElement {
  static observedAttributes = ["data-text", "data-lang"];

  connectedCallback() {
    this.#show();
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#show();
  }

  #show() {
    const text = this.dataset.text ?? "";
    const plain = this.dataset.lang !== "json" || text.length > LIMIT;
    this.replaceChildren(plain ? text : coloured(text));
  }
}

customElements.define("hub-code", HubCode);

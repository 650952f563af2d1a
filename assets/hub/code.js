// <hub-code data-text data-lang="json">: text of a code block, coloured when it is JSON of a readable size.
const LIMIT = 200_000;
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;

function span(kind, text) {
  const element = document.createElement("span");
  element.className = `hub-code-${kind}`;
  element.textContent = text;
  return element;
}

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

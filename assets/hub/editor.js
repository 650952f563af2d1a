// The Markdown editor: `.hub-editor` around a text area, with buttons that mark what is selected (`data-mark`), texts to insert
// (`data-insert`), and a view of what comes of it (`<hub-markdown>`, made by Hub itself). Reflex's editors bring their own
// undo, their own HTML, and hundreds of kilobytes; a text area keeps the browser's keyboard, spelling and screen reader.
import { around, find, findAll, write } from "./elements.js";

/** @typedef {{ before: string, after?: string, each?: boolean, sample: string }} Mark */

/** @type {Record<string, Mark>} */
const MARKS = {
  bold: { before: "**", after: "**", sample: "bold" },
  italic: { before: "_", after: "_", sample: "italic" },
  code: { before: "`", after: "`", sample: "code" },
  link: { before: "[", after: "](https://)", sample: "link" },
  heading: { before: "## ", each: true, sample: "Heading" },
  list: { before: "- ", each: true, sample: "Point" },
  numbers: { before: "1. ", each: true, sample: "Point" },
  steps: { before: "- [ ] ", each: true, sample: "Step" },
  quote: { before: "> ", each: true, sample: "Quote" },
};
const KEYS = new Map([
  ["b", "bold"],
  ["i", "italic"],
]);
// What a line of a list begins with, and what the next one begins with.
const ITEM = /^(\s*)(?:([-*+]) (\[[ xX]\] )?|(\d{1,9})([.)]) (\[[ xX]\] )?)/;
const STEP = /\[[ xX]\]/;

/** @param {EventTarget | null} target */
const editorOf = (target) => around(HTMLElement, target, ".hub-editor");
/** @param {HTMLElement} editor */
const areaOf = (editor) => find(HTMLTextAreaElement, "textarea", editor);

/**
 * Replaces a part of the text, so that the browser can undo it.
 * @param {HTMLTextAreaElement} area
 * @param {number} start
 * @param {number} end
 * @param {string} text
 */
function replace(area, start, end, text) {
  area.focus();
  area.setSelectionRange(start, end);
  // The one way that keeps the browser's own undo; nothing else puts text in as if it were typed.
  if (!document.execCommand("insertText", false, text)) {
    write(area, area.value.slice(0, start) + text + area.value.slice(end));
  }
}

/**
 * @param {HTMLTextAreaElement} area
 * @param {Mark} mark
 */
function apply(area, { before, after = "", each = false, sample }) {
  const { selectionStart: start, selectionEnd: end, value } = area;
  if (!each) {
    const text = value.slice(start, end) || sample;
    replace(area, start, end, before + text + after);
    area.setSelectionRange(start + before.length, start + before.length + text.length);
    return;
  }
  const begin = value.lastIndexOf("\n", start - 1) + 1;
  const lines = (value.slice(begin, end) || sample).split("\n");
  replace(area, begin, end, lines.map((line) => before + line).join("\n"));
}

/**
 * A new line in a list goes on with it; an empty item ends it.
 * @param {HTMLTextAreaElement} area
 * @param {KeyboardEvent} event
 */
function goOn(area, event) {
  const { selectionStart: at, selectionEnd: end, value } = area;
  const begin = value.lastIndexOf("\n", at - 1) + 1;
  const line = value.slice(begin, at);
  const found = ITEM.exec(line);
  if (at !== end || !found) return;
  event.preventDefault();
  const [whole, indent = "", bullet, boxed, number, point = ".", numberedBox] = found;
  if (line === whole) {
    replace(area, begin, at, "");
    return;
  }
  const box = boxed ?? numberedBox ? "[ ] " : "";
  replace(area, at, at, `\n${indent}${bullet ?? `${Number(number) + 1}${point}`} ${box}`);
}

document.addEventListener("click", ({ target }) => {
  const button = around(HTMLElement, target, "[data-mark], [data-insert], [data-editor-view]");
  const editor = editorOf(button);
  const area = editor && areaOf(editor);
  if (!button || !editor || !area) return;
  const { mark, insert, editorView } = button.dataset;
  if (editorView) show(editor, editorView);
  else if (mark && MARKS[mark]) apply(area, MARKS[mark]);
  else if (insert !== undefined) replace(area, area.selectionStart, area.selectionEnd, insert);
});

document.addEventListener("keydown", (event) => {
  const editor = editorOf(event.target);
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && editor) {
    // As everywhere else where several lines are written.
    const form = editor.closest("form[data-submit-keys]");
    if (form instanceof HTMLFormElement) form.requestSubmit();
    return;
  }
  if (!editor || !(event.target instanceof HTMLTextAreaElement) || event.isComposing) return;
  const mark = event.ctrlKey || event.metaKey ? MARKS[KEYS.get(event.key) ?? ""] : undefined;
  if (mark && !event.altKey && !event.shiftKey) {
    event.preventDefault();
    apply(event.target, mark);
  } else if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey) {
    goOn(event.target, event);
  }
});

/**
 * @param {HTMLElement} editor
 * @param {string} view
 */
function show(editor, view) {
  editor.dataset.view = view;
  for (const tab of findAll(HTMLElement, "[data-editor-view]", editor)) {
    tab.setAttribute("aria-pressed", String(tab.dataset.editorView === view));
  }
  if (view === "preview") find(HubMarkdown, "hub-markdown", editor)?.look(areaOf(editor)?.value ?? "");
}

// <hub-markdown data-url data-show="html|note" data-editable>: what Hub makes of the editor's text. Boxes of steps can be ticked
// where the text can be changed.
class HubMarkdown extends HTMLElement {
  /** @type {AbortController | null} */
  #asking = null;

  connectedCallback() {
    this.addEventListener("change", ({ target }) => this.#ticked(target));
  }

  /** @param {string} text */
  async look(text) {
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    this.ariaBusy = "true";
    try {
      const answer = await fetch(this.dataset.url ?? "", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ text }),
        signal: asking.signal,
      });
      if (!answer.ok) throw new Error(String(answer.status));
      /** @type {{ html: string, note: string }} */
      const made = await answer.json();
      this.#fill(made, text);
    } catch (error) {
      if (asking.signal.aborted) return;
      this.textContent = "The preview cannot be made now. What you wrote is still there.";
    } finally {
      if (this.#asking === asking) this.ariaBusy = "false";
    }
  }

  /**
   * @param {{ html: string, note: string }} made
   * @param {string} text
   */
  #fill({ html, note }, text) {
    if (!text.trim()) this.textContent = "Nothing is written yet.";
    else if (this.dataset.show === "note") this.textContent = note;
    // Made by Hub without anything that acts (hub_app/psa/markdown.py).
    else this.innerHTML = html;
    if (this.dataset.editable === undefined) return;
    for (const box of findAll(HTMLInputElement, "input[data-line]", this)) box.disabled = false;
  }

  /** @param {EventTarget | null} target */
  #ticked(target) {
    const editor = editorOf(this);
    const area = editor && areaOf(editor);
    if (!(target instanceof HTMLInputElement) || !area) return;
    const lines = area.value.split("\n");
    const at = Number(target.dataset.line);
    lines[at] = (lines[at] ?? "").replace(STEP, target.checked ? "[x]" : "[ ]");
    write(area, lines.join("\n"));
  }
}

customElements.define("hub-markdown", HubMarkdown);

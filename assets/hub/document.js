// A long text that the server fetches piece by piece: a pasted one, or that of a chosen file. One message of the
// websocket holds at most 1 MB. Reflex's upload takes no pasted text, and has an address of its own (`/_upload`) beside
// Hub's rules for requests.
import { around, find, isField } from "./elements.js";

const PIECE = 200_000;
/** @type {Map<string, string>} */
const texts = new Map();

/**
 * The piece that begins at `start` of the text of field `name`, and where the next one begins.
 * @param {string} name
 * @param {number} start
 */
export async function piece(name, start) {
  if (start === 0) texts.set(name, await whole(name));
  const text = texts.get(name) ?? "";
  let end = Math.min(start + PIECE, text.length);
  // Never between the halves of a character.
  if (end < text.length && text.charCodeAt(end - 1) >= 0xd800 && text.charCodeAt(end - 1) < 0xdc00) end -= 1;
  if (end === text.length) texts.delete(name);
  return { text: text.slice(start, end), start, next: end, length: text.length };
}

/** @param {string} name */
async function whole(name) {
  const file = find(HTMLInputElement, `#${CSS.escape(name)}-file`)?.files?.[0];
  if (file) return file.text();
  const field = document.getElementById(name);
  return isField(field) ? field.value : "";
}

document.addEventListener("change", ({ target }) => {
  const chosen = around(HTMLInputElement, target, "input[type=file][data-fills]");
  if (!chosen) return;
  const shown = document.getElementById(chosen.dataset.fills ?? "");
  if (isField(shown)) shown.disabled = Boolean(chosen.files?.length);
});

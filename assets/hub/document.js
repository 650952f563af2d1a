// A long text that the server fetches piece by piece: a pasted one, or that of a chosen file. One message of the
// websocket holds at most 1 MB.
const PIECE = 200_000;
const texts = new Map();

/** The piece that begins at `start` of the text of field `name`, and where the next one begins. */
async function piece(name, start) {
  if (start === 0) texts.set(name, await whole(name));
  const text = texts.get(name) ?? "";
  let end = Math.min(start + PIECE, text.length);
  // Never between the halves of a character.
  if (end < text.length && text.charCodeAt(end - 1) >= 0xd800 && text.charCodeAt(end - 1) < 0xdc00) end -= 1;
  if (end === text.length) texts.delete(name);
  return { text: text.slice(start, end), start, next: end, length: text.length };
}

async function whole(name) {
  const file = document.getElementById(`${name}-file`)?.files[0];
  return file ? await file.text() : document.getElementById(name).value;
}

document.addEventListener("change", ({ target }) => {
  if (!target.matches("input[type=file][data-fills]")) return;
  const shown = document.getElementById(target.dataset.fills);
  shown.disabled = target.files.length > 0;
});

window.hub = { ...window.hub, piece };

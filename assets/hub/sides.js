// Choosing between two sides, field by field, and going through a list beside it, without the mouse: in a form of sides a
// letter takes a side for the field that has the focus, and with Shift for all fields; a button may do the latter too. In a
// list at the side, the arrows go from entry to entry. Reflex hears of keys on the server alone, a round trip for each.
import { around, find, findAll } from "./elements.js";
import { lead, onceDrawn } from "./focus.js";

const ROW = ".hub-sides-row";
const RADIO = 'input[type="radio"]';
const STEPS = new Map([
  ["ArrowUp", -1],
  ["ArrowDown", 1],
]);

/**
 * @param {ParentNode} place
 * @param {string} key
 */
const sideOf = (place, key) => find(HTMLInputElement, `${RADIO}[data-key="${CSS.escape(key)}"]:not(:disabled)`, place);

/** @param {Element | null | undefined} row */
const radioOf = (row) => (row ? (find(HTMLInputElement, `${RADIO}:checked`, row) ?? find(HTMLInputElement, RADIO, row)) : null);

/**
 * Takes a side for all fields of a form.
 * @param {HTMLFormElement} form
 * @param {string} key
 */
function takeAll(form, key) {
  for (const row of findAll(HTMLElement, ROW, form)) sideOf(row, key)?.click();
}

/** @param {EventTarget | null} target */
const types = (target) =>
  target instanceof HTMLTextAreaElement ||
  target instanceof HTMLSelectElement ||
  (target instanceof HTMLInputElement && target.type !== "radio" && target.type !== "checkbox");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || types(event.target)) return;
  const form = around(HTMLFormElement, event.target, "form:has(.hub-sides)");
  const row = around(HTMLElement, event.target, ROW);
  const key = event.key.toLowerCase();
  if (form && event.shiftKey && sideOf(form, key)) {
    event.preventDefault();
    takeAll(form, key);
  } else if (row && sideOf(row, key)) {
    event.preventDefault();
    const side = sideOf(row, key);
    side?.click();
    side?.focus();
    const rows = findAll(HTMLElement, ROW, form ?? document);
    radioOf(rows[rows.indexOf(row) + 1])?.focus();
  }
});

document.addEventListener("click", ({ target }) => {
  const button = around(HTMLButtonElement, target, "button[data-take-all]");
  if (button?.form) takeAll(button.form, button.dataset.takeAll ?? "");
  // What is open already: the server has nothing to answer.
  if (around(HTMLAnchorElement, target, '.hub-side-list a[aria-current="page"]')) focusSides();
});

// Whoever types a value of their own has chosen it.
document.addEventListener("input", ({ target }) => {
  if (!types(target)) return;
  const own = around(HTMLElement, target, ".hub-side-own");
  if (own) find(HTMLInputElement, RADIO, own)?.click();
});

document.addEventListener("keydown", (event) => {
  const step = STEPS.get(event.key);
  const link = around(HTMLAnchorElement, event.target, ".hub-side-list a");
  if (!step || !link) return;
  const links = findAll(HTMLAnchorElement, ".hub-side-list ul a", link.closest(".hub-side-list") ?? document);
  const next = links[links.indexOf(link) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
});

/** Puts the focus on the first field of a form of sides, as an answer to what was done. */
export function focusSides() {
  onceDrawn((done) => lead(radioOf(find(HTMLElement, ROW)), done));
}

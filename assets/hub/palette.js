// Ctrl/⌘-K: a native dialog whose links React drew; here they are filtered, walked through and followed. What the
// server finds by name comes a moment after it was typed. Reflex has no palette; its key listener would send every key
// to the server, and a list that its states filter would ask the server for every letter.
import { around, find, findAll, make } from "./elements.js";

/** @typedef {NonNullable<ReturnType<typeof palette>>} Palette */

function palette() {
  const dialog = find(HTMLDialogElement, "#hub-palette");
  const input = dialog?.querySelector("input");
  return dialog && input ? { dialog, input } : null;
}

const found = new MutationObserver(() => {
  const own = palette();
  if (own?.dialog.open) filter(own);
});

/** @param {Palette} own */
const shown = ({ dialog }) => findAll(HTMLElement, '[role="option"]:not([hidden])', dialog);

function open() {
  const own = palette();
  if (!own || own.dialog.open) return;
  const { dialog, input } = own;
  find(HTMLElement, "[data-palette-actions]", dialog)?.replaceChildren(...actions());
  const list = find(HTMLElement, '[role="listbox"]', dialog);
  if (list) found.observe(list, { childList: true, subtree: true, attributeFilter: ["data-found"] });
  input.value = "";
  filter(own);
  dialog.showModal();
  input.focus();
}

/** What the page's head offers, as options. */
function actions() {
  const selector = ".hub-page-head .hub-actions :is(button, a):not([disabled], [popovertarget])";
  return findAll(HTMLElement, selector).map((control, index) => {
    const icon = find(SVGElement, "svg:not(.hub-when-busy)", control)?.cloneNode(true);
    const mark = icon instanceof SVGElement ? icon : make("span", {});
    mark.setAttribute("class", "hub-icon");
    const label = make("span", {}, control.textContent || (control.ariaLabel ?? ""));
    const option = make("button", { type: "button", className: "hub-palette-item" }, mark, label);
    option.append(make("small", {}, "on this page"));
    Object.assign(option, { id: `hub-palette-action-${index}`, role: "option", tabIndex: -1 });
    option.addEventListener("click", () => control.click());
    return option;
  });
}

/** @param {Palette} own */
function filter(own) {
  const typed = own.input.value.trim().toLowerCase();
  const words = typed.split(/\s+/);
  for (const option of findAll(HTMLElement, '[role="option"]', own.dialog)) {
    const text = option.textContent.toLowerCase();
    const { found: asked } = option.dataset;
    // What was found for this very text may match by what it does not show, such as an address.
    const answers = asked?.trim().toLowerCase() === typed;
    const stale = !typed && asked !== undefined;
    option.hidden = stale || !(answers || words.every((word) => text.includes(word)));
  }
  const options = shown(own);
  const none = find(HTMLElement, "[data-palette-none]", own.dialog);
  if (none) none.hidden = options.length > 0;
  select(own, options.find((option) => option.textContent.trim().toLowerCase().startsWith(typed)) ?? options[0]);
}

/**
 * @param {Palette} own
 * @param {HTMLElement | undefined} option
 */
function select({ dialog, input }, option) {
  for (const other of dialog.querySelectorAll("[aria-selected]")) other.removeAttribute("aria-selected");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) input.setAttribute("aria-activedescendant", option.id);
  else input.removeAttribute("aria-activedescendant");
}

/**
 * @param {Palette} own
 * @param {KeyboardEvent} event
 */
function walk(own, event) {
  const options = shown(own);
  const at = options.findIndex((option) => option.ariaSelected === "true");
  if (event.key === "ArrowDown") select(own, options[(at + 1) % options.length]);
  else if (event.key === "ArrowUp") select(own, options.at(at > 0 ? at - 1 : -1));
  else if (event.key === "Enter") options[at]?.click();
  else return;
  event.preventDefault();
}

document.addEventListener("keydown", (event) => {
  const own = around(HTMLElement, event.target, "#hub-palette") && palette();
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    open();
  } else if (own) walk(own, event);
});

document.addEventListener("input", ({ target }) => {
  const own = around(HTMLElement, target, "#hub-palette") && palette();
  if (own) filter(own);
});

document.addEventListener("click", ({ target }) => {
  if (around(HTMLElement, target, "[data-palette-open]")) open();
  const dialog = around(HTMLDialogElement, target, "#hub-palette");
  if (target === dialog || around(HTMLElement, target, '#hub-palette [role="option"]')) dialog?.close();
});

document.addEventListener("pointermove", ({ target }) => {
  const option = around(HTMLElement, target, '#hub-palette [role="option"]');
  const own = option?.ariaSelected === "true" ? null : palette();
  if (option && own) select(own, option);
});

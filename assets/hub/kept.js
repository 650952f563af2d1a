// What was typed when the session ended elsewhere, or the connection was lost. The former waits in this tab until the same
// person has signed in again and is back on the page; anybody else's sign-in drops it. The server has no part in it: typed
// text is in no state of Reflex's.
import { around, find, findAll, held, isField, write } from "./elements.js";
import { HubTags } from "./tags.js";
import { changedFields, forget, unsavedForms } from "./unsaved.js";

/**
 * `opener` finds the control again that opened the dialog, `texts` are by the names of the fields.
 * @typedef {{ inDialog: boolean, texts: Record<string, string> }} KeptForm
 * @typedef {{ within: string, words: string, nth: number }} Opener
 * @typedef {{ person: string, tenant: string, page: string, opener: Opener | null, forms: KeptForm[] }} Kept
 */

const KEY = "hub.typed";
const CONTROLS = "button, a[href]";
const here = () => location.pathname.replace(/\/$/, "") + location.search;
const owner = () => find(HTMLElement, "hub-page")?.dataset ?? {};
/** @param {HTMLElement} control */
const wordsOf = (control) => control.ariaLabel ?? control.textContent;

/**
 * What was pressed last outside of dialogs: what opened the one that is open.
 * @type {Opener | null}
 */
let pressed = null;
document.addEventListener(
  "click",
  ({ target }) => {
    const control = around(HTMLElement, target, CONTROLS);
    if (control && !control.closest('[role="dialog"]')) pressed = openerOf(control);
  },
  true,
);

/**
 * The session has ended: to the sign-in page, whose address is given. What is typed comes along.
 * @param {string} address
 */
export function signedOut(address) {
  const { person } = owner();
  if (person === undefined) {
    location.reload();
    return;
  }
  const to = new URL(address, location.origin);
  const forms = person ? unsavedForms() : [];
  if (forms.length > 0) {
    sessionStorage.setItem(KEY, JSON.stringify(take(forms, true)));
    forget();
  }
  if (person) to.searchParams.set("why", forms.length > 0 ? "kept" : "ended");
  location.replace(to);
}

/**
 * What was typed into forms, when it `isStored` without passwords.
 * @param {HTMLFormElement[]} forms
 * @param {boolean} isStored
 * @returns {Kept}
 */
function take(forms, isStored) {
  const { person = "", tenant = "" } = owner();
  const opener = forms.some(isInDialog) ? pressed : null;
  return { person, tenant, page: here(), opener, forms: forms.map((form) => heldBy(form, isStored)) };
}

/** @param {HTMLFormElement} form */
const isInDialog = (form) => form.closest('[role="dialog"]') !== null;

/**
 * @param {HTMLFormElement} form
 * @param {boolean} isStored
 * @returns {KeptForm}
 */
function heldBy(form, isStored) {
  /** @type {Record<string, string>} */
  const texts = {};
  // What nobody changed comes from the server again: a form may show more than the tab should keep.
  for (const field of changedFields(form)) {
    // No script can fill in a file.
    if (!field.name || field.type === "file" || (isStored && field.type === "password")) continue;
    texts[field.name] = held(field);
  }
  return { inDialog: isInDialog(form), texts };
}

/**
 * @param {HTMLElement} control
 * @returns {Opener}
 */
function openerOf(control) {
  const within = control.parentElement?.closest("[id]")?.id ?? "";
  const words = wordsOf(control);
  return { within, words, nth: alike(within, words).indexOf(control) };
}

/**
 * @param {string} within
 * @param {string} words
 */
function alike(within, words) {
  const place = within ? document.getElementById(within) : document;
  return place ? findAll(HTMLElement, CONTROLS, place).filter((control) => wordsOf(control) === words) : [];
}

/** @returns {Kept | null} */
function waiting() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  } catch {
    return null;
  }
}

/** Empties what the tab stores, but for what was typed: whose it is shows on the next page. */
export function clearStorage() {
  const kept = sessionStorage.getItem(KEY);
  sessionStorage.clear();
  if (kept) sessionStorage.setItem(KEY, kept);
}

function comeBack() {
  const kept = waiting();
  const { person, tenant } = owner();
  if (!kept || !person) return;
  const isTheirs = kept.person === person;
  if (isTheirs && (kept.tenant !== tenant || kept.page !== here())) return;
  sessionStorage.removeItem(KEY);
  if (isTheirs) new Return(kept);
}

// Opens the dialog again and fills in the fields, each once React has drawn it, until the person acts.
class Return {
  #watch = new MutationObserver(() => this.#goOn());
  #over = new AbortController();
  /** @type {WeakSet<Element>} */
  #done = new WeakSet();

  /**
   * @param {Kept} kept
   * @param {HTMLFormElement[]} there the forms that hold it already
   */
  constructor(kept, there = []) {
    this.kept = kept;
    for (const form of there) for (const field of form.elements) this.#done.add(field);
    this.#watch.observe(document.body, { childList: true, subtree: true });
    const { signal } = this.#over;
    for (const act of ["click", "submit", "keydown"])
      addEventListener(act, (event) => event.isTrusted && this.#end(), { capture: true, signal });
    this.#goOn();
  }

  #end() {
    this.#watch.disconnect();
    this.#over.abort();
  }

  #goOn() {
    this.#open();
    for (const form of this.kept.forms) this.#fill(form);
  }

  #open() {
    const { opener } = this.kept;
    // What loads the page closes its dialogs first.
    if (!opener || document.querySelector('[role="dialog"], .hub-main .hub-skeleton-lines')) return;
    alike(opener.within, opener.words)[opener.nth]?.click();
  }

  /** @param {KeptForm} kept */
  #fill({ inDialog, texts }) {
    const forms = findAll(HTMLFormElement, inDialog ? '[role="dialog"] form' : "form[data-dirty-guard]");
    for (const [name, text] of Object.entries(texts)) {
      const field = forms.map((form) => form.elements.namedItem(name)).find(isField);
      if (!field || this.#done.has(field)) continue;
      this.#done.add(field);
      const tags = around(HubTags, field, "hub-tags");
      if (tags) tags.fill(text);
      else if (field.type !== "hidden" && held(field) !== text) write(field, text);
    }
  }
}

// Stands in the bar of a lost connection. When that is back, Reflex loads the page anew, which closes its dialogs.
class HubReturn extends HTMLElement {
  disconnectedCallback() {
    const forms = unsavedForms();
    if (forms.length > 0) new Return(take(forms, false), forms);
  }
}

customElements.define("hub-return", HubReturn);

document.addEventListener("hub:person", comeBack);
// The page may have been filled before this script was there.
comeBack();

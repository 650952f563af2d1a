// What was typed when the session ended elsewhere, or the connection was lost. The former waits in this tab, for an hour
// at most, until the same person has signed in to the same tenant again and is back on the page; any other sign-in drops
// it. What is private (fields marked `data-private`) is not stored. The server has no part in it: typed text is in no state
// of Reflex's.
import { around, find, findAll, held, isField, write } from "./elements.js";
import { HubTags } from "./tags.js";
import { changedFields, forget, hasDraft, unsavedForms } from "./unsaved.js";

/**
 * `dialog` names the dialog of a form, "" for a form of the page; `texts` are by the names of the fields, as are
 * `secrets`, which the tab does not store; `lacking` are the names of what has to be entered again. A kept page `isWhole`
 * unless something of it cannot come back.
 * @typedef {{ dialog: string, texts: Record<string, string>, secrets: Record<string, string>, lacking: string[] }} KeptForm
 * @typedef {{ dialog: string, row: string }} Opener
 * @typedef {{
 *   person: string, tenant: string, page: string, at: number, isWhole: boolean, opener: Opener | null, forms: KeptForm[]
 * }} Kept
 */

const KEY = "hub.typed";
const LONGEST = 60 * 60 * 1000;
const AGAIN = "Enter this again. Hub does not keep secrets while you are signed out.";
const here = () => location.pathname.replace(/\/$/, "") + location.search;
const owner = () => find(HTMLElement, "hub-page")?.dataset ?? {};

/** For whom the page was filled last: a connection that comes back to an ended session empties the page first. */
let known = { person: "", tenant: "" };

/**
 * What was pressed last of the controls that open a dialog.
 * @type {Opener | null}
 */
let pressed = null;
document.addEventListener(
  "click",
  ({ target }) => {
    const { opens, row = "" } = around(HTMLElement, target, "[data-opens]")?.dataset ?? {};
    if (opens) pressed = { dialog: opens, row };
  },
  true,
);

/**
 * What is brought back at present, after a lost connection.
 * @type {Return | null}
 */
let returning = null;
let isLeaving = false;

/**
 * The session has ended: to the sign-in page, whose address is given. What is typed comes along. Undefined where nobody
 * was signed in: the caller goes there as between any two pages. A page that is for strangers itself stays, but for one
 * whose state `isEmptied`: it loads anew.
 * @param {string} address
 * @param {boolean} isEmptied
 */
export function signedOut(address, isEmptied) {
  const page = find(HTMLElement, "hub-page");
  if (page && page.dataset.person === undefined) {
    if (isEmptied) location.reload();
  } else if (!known.person) return undefined;
  else if (!isLeaving) {
    isLeaving = true;
    const to = new URL(address, location.origin);
    to.searchParams.set("why", store());
    forget(true);
    location.replace(to);
  }
  // It never ends, as nothing comes after it on this page.
  return new Promise(() => {});
}

/** Stores what is typed, and says what became of it: `kept`, in `part`, `lost`, or that the session just `ended`. */
function store() {
  const forms = unsavedForms();
  const kept = forms.length > 0 || !returning ? take(forms) : returning.kept;
  if (kept.forms.length === 0) return kept.isWhole ? "ended" : "lost";
  const stored = kept.forms.map((form) => ({
    ...form,
    secrets: {},
    lacking: [...form.lacking, ...Object.keys(form.secrets)],
  }));
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ ...kept, forms: stored }));
  } catch {
    return "lost"; // More than the browser has room for.
  }
  return kept.isWhole && stored.every(({ lacking }) => lacking.length === 0) ? "kept" : "part";
}

/**
 * What was typed into forms.
 * @param {HTMLFormElement[]} forms
 * @returns {Kept}
 */
function take(forms) {
  const taken = forms.map(heldBy);
  const opener = taken.some(({ dialog }) => dialog && dialog === pressed?.dialog) ? pressed : null;
  return { ...known, page: here(), at: Date.now(), isWhole: !hasDraft(), opener, forms: taken };
}

/**
 * @param {HTMLFormElement} form
 * @returns {KeptForm}
 */
function heldBy(form) {
  /** @type {KeptForm} */
  const kept = { dialog: dialogOf(form), texts: {}, secrets: {}, lacking: [] };
  // What nobody changed comes from the server again: a form may show more than the tab should keep.
  for (const field of changedFields(form)) {
    if (!field.name) continue;
    // No script can fill in a file.
    if (field.type === "file") kept.lacking.push(field.name);
    else kept[field.dataset.private === undefined ? "texts" : "secrets"][field.name] = held(field);
  }
  return kept;
}

/** @param {HTMLFormElement} form */
const dialogOf = (form) => around(HTMLElement, form, '[role="dialog"]')?.dataset.dialog ?? "";

/** @returns {Kept | null} */
function waiting() {
  try {
    /** @type {Kept | null} */
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    if (!kept || Date.now() - kept.at < LONGEST) return kept;
  } catch {
    // It is not ours.
  }
  sessionStorage.removeItem(KEY);
  return null;
}

/** Empties what the tab stores, but for what was typed: whose it is shows on the next page. */
export function clearStorage() {
  const kept = sessionStorage.getItem(KEY);
  sessionStorage.clear();
  if (kept) sessionStorage.setItem(KEY, kept);
}

function comeBack() {
  const { person, tenant } = owner();
  if (!person || !tenant) return;
  known = { person, tenant };
  const kept = waiting();
  if (!kept) return;
  const isTheirs = kept.person === person && kept.tenant === tenant;
  if (isTheirs && kept.page !== here()) return;
  sessionStorage.removeItem(KEY);
  if (isTheirs) new Return(kept);
}

// Opens the dialog again and fills in the fields, each once React has drawn it, until the person acts.
class Return {
  #watch = new MutationObserver(() => this.#goOn());
  #over = new AbortController();
  #isPressed = false;
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
      addEventListener(act, (event) => event.isTrusted && this.#acted(), { capture: true, signal });
    this.#goOn();
  }

  #acted() {
    this.end();
    // On a page that is filled, what they make of it counts from here on.
    if (returning === this && owner().person) returning = null;
  }

  end() {
    this.#watch.disconnect();
    this.#over.abort();
  }

  #goOn() {
    this.#open();
    for (const form of this.kept.forms) this.#fill(form);
  }

  // Once: what Hub answers to it, a refusal too, is the answer.
  #open() {
    const { opener } = this.kept;
    // What loads the page closes its dialogs first.
    if (!opener || this.#isPressed || document.querySelector('[role="dialog"], .hub-main .hub-skeleton-lines')) return;
    const place = `button[data-opens="${CSS.escape(opener.dialog)}"]:not(:disabled)`;
    const control = findAll(HTMLButtonElement, place).find(({ dataset }) => (dataset.row ?? "") === opener.row);
    if (!control) return;
    this.#isPressed = true;
    control.click();
  }

  /** @param {KeptForm} kept */
  #fill({ dialog, texts, secrets, lacking }) {
    const place = dialog ? `[data-dialog="${CSS.escape(dialog)}"] form` : "form[data-dirty-guard]";
    const forms = findAll(HTMLFormElement, place).filter((form) => dialogOf(form) === dialog);
    /** @param {string} name */
    const next = (name) => {
      const field = forms.map((form) => form.elements.namedItem(name)).find(isField);
      if (!field || this.#done.has(field)) return null;
      this.#done.add(field);
      return field;
    };
    for (const [name, text] of Object.entries({ ...texts, ...secrets })) {
      const field = next(name);
      const tags = around(HubTags, field, "hub-tags");
      if (tags) tags.fill(text);
      else if (field && field.type !== "hidden" && held(field) !== text) write(field, text);
    }
    for (const name of lacking) {
      const field = next(name);
      if (field) find(HubAgain, "hub-again", field.closest(".hub-field") ?? undefined)?.ask(field);
    }
  }
}

// <hub-again>: stands below a private field, and says when what was typed into it was not kept.
class HubAgain extends HTMLElement {
  /** @param {HTMLElement} field */
  ask(field) {
    this.replaceChildren(AGAIN);
    field.addEventListener("input", () => this.replaceChildren(), { once: true });
  }
}

customElements.define("hub-again", HubAgain);

// Reflex loads the page anew over a new connection, which closes its dialogs, and empties it when the session has ended.
document.addEventListener("hub:reconnect", () => {
  const forms = unsavedForms();
  if (forms.length === 0 && !hasDraft()) return;
  returning?.end();
  returning = new Return(take(forms), forms);
});

// What was typed there is discarded, saved or left.
for (const over of ["hub:page", "hub:settled"]) {
  document.addEventListener(over, () => {
    returning?.end();
    returning = null;
  });
}

// The page may come with its person, or be told later.
for (const filled of ["hub:page", "hub:person"]) document.addEventListener(filled, comeBack);
// It may have been filled before this script was there.
comeBack();
if (waiting()) setTimeout(waiting, LONGEST);

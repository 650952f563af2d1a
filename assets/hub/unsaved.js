// What was typed into guarded forms and is not saved: the person is asked before it is discarded, and not when nothing
// was changed. Reflex's form has no such guard, Radix's dialogs close on Escape and on a click outside without a word,
// and their states know of what is typed only by asking the server.
import { around, find, findAll, held, isField, make } from "./elements.js";
// Its listener for Escape goes before the one below.
import "./tags.js";

/**
 * What a form held before anything was typed.
 * @type {WeakMap<HTMLFormElement, string>}
 */
const begun = new WeakMap();
const GUARDED = "form[data-dirty-guard]";
// What was changed without being typed, such as an added row: it is in no field, and marked by the page.
const DRAFT = "[data-draft]";

/** Forms that hold what is not saved; one that was sent is among them until Hub says that it is saved. */
export const unsavedForms = (place = "") =>
  findAll(HTMLFormElement, `${place} ${GUARDED}:is([data-dirty], :has(${DRAFT}))`);
export const hasDraft = () => document.querySelector(DRAFT) !== null;

/**
 * What each field of a form held when someone came to the form.
 * @type {WeakMap<Element, string>}
 */
const opened = new WeakMap();

/** @param {HTMLFormElement} form */
const fieldsOf = (form) => [...form.elements].filter(isField);
/** @param {HTMLFormElement} form */
const contents = (form) => fieldsOf(form).map(held).join("\0");
/**
 * The fields that someone changed.
 * @param {HTMLFormElement} form
 */
export const changedFields = (form) => fieldsOf(form).filter((field) => opened.get(field) !== held(field));

document.addEventListener("focusin", ({ target }) => {
  const form = around(HTMLFormElement, target, GUARDED);
  if (!form) return;
  if (!begun.has(form) && form.dataset.dirty === undefined) begun.set(form, contents(form));
  for (const field of fieldsOf(form)) if (!opened.has(field)) opened.set(field, held(field));
});

document.addEventListener("input", ({ target }) => {
  const form = isField(target) ? around(HTMLFormElement, target.form, GUARDED) : null;
  if (!form) return;
  form.toggleAttribute("data-dirty", begun.get(form) !== contents(form));
  at = history.state?.idx;
});

/**
 * Remembers what a form that is being sent holds: what to do when Hub says that this is saved. What was typed since is not.
 * @param {HTMLFormElement} form
 */
export function sending(form) {
  const whole = contents(form);
  const each = new Map(fieldsOf(form).map((field) => [field, held(field)]));
  return () => {
    begun.set(form, whole);
    for (const [field, text] of each) opened.set(field, text);
    form.toggleAttribute("data-dirty", contents(form) !== whole);
    if (question.open && unsavedForms().length === 0) question.close();
    document.dispatchEvent(new Event("hub:settled"));
  };
}

/**
 * What was entered need not be asked about any more: in forms, or `all` of the page when it is left for good.
 * @param {boolean} [all]
 */
export function forget(all = false) {
  for (const place of all ? [document] : unsavedForms())
    for (const draft of findAll(HTMLElement, DRAFT, place)) draft.removeAttribute("data-draft");
  for (const form of unsavedForms()) form.removeAttribute("data-dirty");
  document.dispatchEvent(new Event("hub:settled"));
}

const question = make("dialog", { className: "hub-ask", ariaLabel: "Discard what you entered?" });
const keep = make("button", { type: "button", className: "hub-button hub-button-secondary" }, "Keep editing");
const discard = make("button", { type: "button", className: "hub-button hub-button-danger" }, "Discard");
keep.addEventListener("click", () => question.close());
discard.addEventListener("click", () => question.close("discard"));
question.append(
  make("h2", { className: "hub-dialog-title" }, "Discard what you entered?"),
  make("p", { className: "hub-dialog-text" }, "Your changes are not saved."),
  make("div", { className: "hub-ask-foot" }, keep, discard),
);

/**
 * Asks, and goes on when what was entered shall be discarded.
 * @param {() => void} goOn
 */
function ask(goOn) {
  if (question.open && question.isConnected) return;
  question.close(); // What it was asked about may be gone, with the dialog that it stood in.
  // Into an open dialog of Radix's, which takes the focus away from whatever stands beside it.
  (find(HTMLElement, '[role="dialog"] hub-focus') ?? document.body).append(question);
  question.returnValue = "";
  question.onclose = () => {
    if (question.open) return; // It is heard a moment later: this is asked again already.
    const answer = question.returnValue;
    question.remove();
    if (answer !== "discard") return;
    forget();
    goOn();
  };
  question.showModal();
}

/** Closes the dialog around the unsaved form, by its cross. */
const close = () => find(HTMLElement, '[role="dialog"] .hub-dialog-cross')?.click();
const inDialog = () => unsavedForms('[role="dialog"]').length > 0;

// On the window: Radix listens on the document.
addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "Escape" || event.cancelBubble || event.isComposing) return;
    // Escape closes the question alone.
    if (question.open) event.stopImmediatePropagation();
    else if (inDialog() && !document.querySelector(":popover-open, dialog[open]")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(close);
    }
  },
  true,
);

addEventListener(
  "pointerdown",
  (event) => {
    if (inDialog() && !around(HTMLElement, event.target, '[role="dialog"]')) event.stopImmediatePropagation();
  },
  true,
);

document.addEventListener(
  "click",
  (event) => {
    const pressed = asksFirst(event);
    if (!pressed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(() => (pressed.matches(".hub-scrim") ? close() : pressed.click()));
  },
  true,
);

/**
 * What was pressed, when it would discard what was typed.
 * @param {MouseEvent} event
 */
function asksFirst(event) {
  const way = around(HTMLElement, event.target, ".hub-scrim, .hub-dialog-cross");
  if (way) return inDialog() ? way : null;
  const link = around(HTMLAnchorElement, event.target, "a[href]");
  return link && leavesPage(link, event) && unsavedForms().length > 0 ? link : null;
}

/**
 * Whether the link puts another page in the place of this one.
 * @param {HTMLAnchorElement} link
 * @param {MouseEvent} event
 */
function leavesPage(link, event) {
  const isBeside = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (isBeside || link.hasAttribute("download") || !["", "_self"].includes(link.target)) return false;
  return link.hash === "" || link.href.replace(link.hash, "") !== location.href.replace(location.hash, "");
}

addEventListener(
  "beforeunload",
  (event) => {
    if (unsavedForms().length === 0 && !hasDraft()) return;
    event.preventDefault();
    // Reflex would hang up here, and not call again when the person stays.
    event.stopImmediatePropagation();
    // On a slow line its listener was there first. It calls again when a page comes back into view.
    setTimeout(() => document.dispatchEvent(new Event("visibilitychange")));
  },
  true,
);

/**
 * Where in the tab's history the form stands, by the count of Reflex's router.
 * @type {number | undefined}
 */
let at;
let isGoingBack = false;

// Back and forward inside the app: the router has no way to hold them up, so they are undone until the answer is there.
addEventListener(
  "popstate",
  (event) => {
    const by = Number(event.state?.idx) - Number(at);
    if (isGoingBack) {
      isGoingBack = false;
      event.stopImmediatePropagation();
    } else if (by && unsavedForms().length > 0) {
      event.stopImmediatePropagation();
      isGoingBack = true;
      history.go(-by);
      ask(() => history.go(by));
    }
  },
  true,
);

// <hub-unsaved-note data-text>: says its text while a form of the page holds what is not saved. The text comes when it
// holds true: a screen reader speaks of what changes in a status, and not of what is merely shown.
class HubUnsavedNote extends HTMLElement {
  #watch = new MutationObserver(() => this.#tell());

  connectedCallback() {
    this.#watch.observe(document.body, { childList: true, subtree: true, attributeFilter: ["data-dirty"] });
    this.#tell();
  }

  disconnectedCallback() {
    this.#watch.disconnect();
  }

  #tell() {
    const text = unsavedForms().length > 0 ? (this.dataset.text ?? "") : "";
    if (this.textContent !== text) this.replaceChildren(text);
  }
}

customElements.define("hub-unsaved-note", HubUnsavedNote);

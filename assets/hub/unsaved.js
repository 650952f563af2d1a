// What was typed into guarded forms and is not saved: the person is asked before it is discarded, and not when nothing
// was changed. Reflex's form has no such guard, Radix's dialogs close on Escape and on a click outside without a word,
// and their states know of what is typed only by asking the server.
import { around, find, findAll, held, isField, make } from "./elements.js";
// Its listener for Escape goes before the one below.
import "./tags.js";

/**
 * What a form held before anything was typed; absent where that is not saved anyway.
 * @type {WeakMap<HTMLFormElement, string>}
 */
const begun = new WeakMap();
const GUARDED = "form[data-dirty-guard]";

const dirtyForms = () => findAll(HTMLFormElement, `${GUARDED}[data-dirty]`);
/** Dirty forms, and those that were sent: a dialog that is open still was not saved. */
export const unsavedForms = (place = "") =>
  findAll(HTMLFormElement, `${place} ${GUARDED}:is([data-dirty], [data-sent])`);

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

document.addEventListener(
  "submit",
  ({ target }) => {
    const form = around(HTMLFormElement, target, GUARDED);
    if (!form || form.dataset.dirty === undefined) return;
    begun.set(form, contents(form));
    form.removeAttribute("data-dirty");
    form.dataset.sent = "";
  },
  true,
);

/** Forms that were sent are not saved: they were refused. */
export function unsaved() {
  for (const form of findAll(HTMLFormElement, `${GUARDED}[data-sent]`)) {
    begun.delete(form);
    form.removeAttribute("data-sent");
    form.dataset.dirty = "";
  }
}

/** What was typed need not be asked about any more. */
export function forget() {
  for (const form of unsavedForms()) {
    form.removeAttribute("data-dirty");
    form.removeAttribute("data-sent");
  }
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
  if (question.open) return;
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

/** Closes the dialog around the dirty form, by its cross. */
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
  if (inDialog()) return around(HTMLElement, event.target, ".hub-scrim, .hub-dialog-cross");
  const link = around(HTMLAnchorElement, event.target, "a[href]");
  const stays = !link || link.target === "_blank" || event.ctrlKey || event.metaKey;
  return stays || dirtyForms().length === 0 ? null : link;
}

addEventListener("beforeunload", (event) => {
  if (dirtyForms().length > 0) event.preventDefault();
});

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
    } else if (by && dirtyForms().length > 0) {
      event.stopImmediatePropagation();
      isGoingBack = true;
      history.go(-by);
      ask(() => history.go(by));
    }
  },
  true,
);

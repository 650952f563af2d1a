// Forms: confirmation by typing a name, filling in, and native forms that are sent by fetch so that what was typed stays
// when the server refuses. Reflex's form sends over the websocket, which cannot set the session's cookie, and its states
// know of what is typed only by asking the server.
import { find, findAll, isField, write } from "./elements.js";
import { lead, onceDrawn } from "./focus.js";
import { clearStorage } from "./kept.js";
import { leadToMessage, unfold } from "./refused.js";
import { HubTags } from "./tags.js";

/**
 * A problem document of the server; or its answer to what went well, with `location`.
 * @typedef {{ location?: string, detail?: string, errors?: { field: string, message: string }[] }} Answer
 */

document.addEventListener("input", ({ target }) => {
  if (isField(target) && target.dataset.mustEqual !== undefined) checkTyped(target, target.dataset.mustEqual);
});

/**
 * @param {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} field
 * @param {string} wanted
 */
function checkTyped(field, wanted) {
  const matches = field.value.trim() === wanted;
  field.setCustomValidity(matches ? "" : `Type ${wanted} exactly as it is written above.`);
  field.form?.querySelector('[type="submit"]')?.setAttribute("aria-disabled", String(!matches));
}

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches("form[data-enhance]")) return;
    event.preventDefault();
    send(form);
  },
  true,
);

/** @param {HTMLFormElement} form */
async function send(form) {
  const button = form.querySelector('[type="submit"]');
  if (button?.ariaBusy === "true") return;
  button?.setAttribute("aria-busy", "true");
  showErrors(form, {});
  const problem = await post(form);
  if (problem) {
    button?.removeAttribute("aria-busy");
    showErrors(form, problem);
  }
}

/**
 * Posts the form; follows the answer's `location`, or returns the problem document.
 * @param {HTMLFormElement} form
 */
async function post(form) {
  // What the address brought behind `#secret=` (ui/theme.py): it stands in no page.
  for (const input of findAll(HTMLInputElement, "input[data-from-link]", form))
    input.value = sessionStorage.getItem("hub.secret") ?? "";
  let response;
  try {
    response = await fetch(form.getAttribute("action") ?? "", {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify(Object.fromEntries(new FormData(form))),
    });
  } catch {
    return { detail: "Hub could not be reached, so nothing was sent. Check your connection and try again." };
  }
  /** @type {Answer} */
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) return { detail: `Hub answered with an error (${response.status}). Try again.`, ...answer };
  // Another person may be signed in from here on: the tab begins anew.
  clearStorage();
  location.assign(answer.location?.startsWith("/") ? answer.location : location.href);
  return null;
}

/**
 * @param {HTMLFormElement} form
 * @param {Answer} problem
 */
function showErrors(form, { detail = "", errors = [] }) {
  for (const field of form.querySelectorAll('[aria-invalid="true"]')) field.removeAttribute("aria-invalid");
  for (const place of form.querySelectorAll("[data-error-for]")) place.textContent = "";
  let beside = 0;
  for (const { field, message } of errors) {
    const place = form.querySelector(`[data-error-for="${CSS.escape(field)}"]`);
    if (!place) continue;
    place.textContent = message;
    const control = form.elements.namedItem(field);
    if (control instanceof Element) control.ariaInvalid = "true";
    beside += 1;
  }
  const general = find(HTMLElement, "[data-form-error]", form);
  const text = general?.querySelector("[data-form-error-text]");
  if (general && text) {
    general.hidden = !detail || (beside > 0 && beside === errors.length);
    text.textContent = general.hidden ? "" : detail;
  }
  leadToMessage(form);
}

/** Puts the focus onto the first choice between what was typed and what someone else made of it meanwhile. */
export function focusChoice() {
  onceDrawn((done) => {
    const buttons = findAll(HTMLElement, ".hub-theirs button, .hub-theirs-choice button");
    buttons.forEach(unfold);
    lead(buttons[0], done);
  });
}

/**
 * Fills fields in as if someone had typed these texts, by the fields' names; a switch is on unless its text is empty.
 * @param {Record<string, string>} texts
 */
export function fill(texts) {
  for (const [name, text] of Object.entries(texts)) {
    const field = document.getElementById(name);
    if (field instanceof HubTags) field.fill(text);
    else if (isField(field)) write(field, text);
  }
}

/**
 * Puts the focus onto this element, once React has drawn it.
 * @param {string} id
 */
export function focus(id) {
  onceDrawn((done) => lead(document.getElementById(id), done));
}

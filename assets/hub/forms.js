// Forms: a guard against leaving with unsaved changes, confirmation by typing a name, and native forms that are sent
// by fetch so that what was typed stays when the server refuses.
import { lead, onceDrawn } from "./focus.js";

const LEAVE = "Your changes on this page are not saved. Leave without saving?";
const dirtyForms = () => document.querySelectorAll("form[data-dirty-guard][data-dirty]");

document.addEventListener("input", ({ target }) => {
  const guarded = target.form?.closest("form[data-dirty-guard]");
  if (guarded) guarded.dataset.dirty = "";
  if (target.dataset.mustEqual !== undefined) checkTyped(target);
});

function checkTyped(input) {
  const wanted = input.dataset.mustEqual;
  const matches = input.value.trim() === wanted;
  input.setCustomValidity(matches ? "" : `Type ${wanted} exactly as it is written above.`);
  input.form.querySelector('[type="submit"]').setAttribute("aria-disabled", String(!matches));
}

addEventListener("beforeunload", (event) => {
  if (dirtyForms().length > 0) event.preventDefault();
});

document.addEventListener(
  "click",
  (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || link.target === "_blank" || event.ctrlKey || event.metaKey || dirtyForms().length === 0) return;
    if (confirm(LEAVE)) {
      for (const form of dirtyForms()) delete form.dataset.dirty;
    } else {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  },
  true,
);

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    delete form.dataset.dirty;
    if (form.matches("form[data-enhance]")) {
      event.preventDefault();
      send(form);
    }
  },
  true,
);

async function send(form) {
  const button = form.querySelector('[type="submit"]');
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  showErrors(form, {});
  const problem = await post(form);
  if (problem) {
    button.removeAttribute("aria-busy");
    showErrors(form, problem);
  }
}

/** Posts the form; follows the answer's `location`, or returns the problem document. */
async function post(form) {
  // What the address brought behind `#secret=` (ui/theme.py): it stands in no page.
  for (const input of form.querySelectorAll("input[data-from-link]"))
    input.value = sessionStorage.getItem("hub.secret") ?? "";
  let response;
  try {
    response = await fetch(form.getAttribute("action"), {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify(Object.fromEntries(new FormData(form))),
    });
  } catch {
    return { detail: "Hub could not be reached, so nothing was sent. Check your connection and try again." };
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) return { detail: `Hub answered with an error (${response.status}). Try again.`, ...answer };
  // Another person may be signed in from here on: the tab begins anew.
  sessionStorage.clear();
  location.assign(answer.location?.startsWith("/") ? answer.location : location.href);
  return null;
}

/** `errors` of a problem document: a list of `{field, message}`. */
function showErrors(form, { detail = "", errors = [] }) {
  for (const input of form.querySelectorAll('[aria-invalid="true"]')) input.removeAttribute("aria-invalid");
  for (const place of form.querySelectorAll("[data-error-for]")) place.textContent = "";
  let beside = 0;
  for (const { field, message } of errors) {
    const place = form.querySelector(`[data-error-for="${CSS.escape(field)}"]`);
    if (!place) continue;
    place.textContent = message;
    form.elements.namedItem(field)?.setAttribute("aria-invalid", "true");
    beside += 1;
  }
  const general = form.querySelector("[data-form-error]");
  general.hidden = !detail || (beside > 0 && beside === errors.length);
  general.querySelector("[data-form-error-text]").textContent = general.hidden ? "" : detail;
  form.querySelector('[aria-invalid="true"]')?.focus();
}

/** Puts the focus into the first field that has an error, once React has drawn it; says `otherwise` what is wrong where
 * the page has no such field, or does not show it. */
function refused(fields, otherwise) {
  onceDrawn(() => {
    const places = fields.map((name) => document.querySelector(`[data-error-for="${CSS.escape(name)}"]`));
    places.forEach(unfold);
    if (!places.every((place) => place?.checkVisibility())) otherwise();
    const host = document.querySelector('[aria-invalid="true"]');
    lead(host?.querySelector("input") ?? host);
  });
}

/** Opens what an element is folded away in. */
function unfold(element) {
  const folded = element?.closest("details:not([open])");
  if (folded) folded.open = true;
}

/** Puts the focus onto the first choice between what was typed and what someone else made of it meanwhile. */
function focusChoice() {
  onceDrawn(() => {
    const buttons = [...document.querySelectorAll(".hub-theirs button, .hub-theirs-choice button")];
    buttons.forEach(unfold);
    lead(buttons[0]);
  });
}

/** Fills fields in as if someone had typed these texts, by the fields' names; a switch is on unless its text is empty. */
function fill(texts) {
  for (const [name, text] of Object.entries(texts)) {
    const field = document.getElementById(name);
    if (!field) continue;
    if (field.localName === "hub-tags") field.fill(text);
    else write(field, text);
  }
}

function write(field, text) {
  const property = field.type === "checkbox" ? "checked" : "value";
  // Past React's own setter, which would take the event for one without a change.
  const { set } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), property);
  set.call(field, property === "checked" ? text !== "" : text);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Puts the focus onto this element, once React has drawn it. */
function focus(id) {
  onceDrawn(() => lead(document.getElementById(id)));
}

window.hub = { ...window.hub, refused, focus, focusChoice, fill };

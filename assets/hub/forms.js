// Forms: a guard against leaving with unsaved changes, confirmation by typing a name, and native forms that are sent
// by fetch so that what was typed stays when the server refuses.
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

/** Puts the focus into the first field that has an error, once React has drawn it. */
function focusInvalid() {
  onceDrawn(() => {
    const host = document.querySelector('[aria-invalid="true"]');
    (host?.querySelector("input") ?? host)?.focus();
  });
}

/** Puts the focus onto this element, once React has drawn it. */
function focus(id) {
  onceDrawn(() => document.getElementById(id)?.focus());
}

function onceDrawn(work) {
  requestAnimationFrame(() => requestAnimationFrame(work));
}

window.hub = { ...window.hub, focusInvalid, focus };

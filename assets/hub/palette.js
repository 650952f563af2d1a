// Ctrl/⌘-K: a native dialog whose links React drew; here they are filtered, walked through and followed. What the server
// finds by name comes a moment after it was typed.
const found = new MutationObserver(() => dialog()?.open && filter());
const dialog = () => document.getElementById("hub-palette");
const shown = () => [...dialog().querySelectorAll('[role="option"]:not([hidden])')];

function open() {
  if (!dialog() || dialog().open) return;
  offerActions();
  found.observe(dialog().querySelector('[role="listbox"]'), { childList: true });
  const input = dialog().querySelector("input");
  input.value = "";
  filter();
  dialog().showModal();
  input.focus();
}

function offerActions() {
  const place = dialog().querySelector("[data-palette-actions]");
  const controls = document.querySelectorAll(".hub-page-head .hub-actions :is(button, a):not([disabled], [popovertarget])");
  const offers = [...controls].map((control, index) => {
    const offer = document.createElement("button");
    Object.assign(offer, { type: "button", id: `hub-palette-action-${index}`, className: "hub-palette-item", tabIndex: -1 });
    offer.setAttribute("role", "option");
    const mark = control.querySelector("svg:not(.hub-when-busy)")?.cloneNode(true) ?? document.createElement("span");
    mark.setAttribute("class", "hub-icon");
    const label = document.createElement("span");
    label.textContent = control.textContent || control.getAttribute("aria-label");
    const hint = document.createElement("small");
    hint.textContent = "on this page";
    offer.append(mark, label, hint);
    offer.addEventListener("click", () => control.click());
    return offer;
  });
  place.replaceChildren(...offers);
}

function filter() {
  const typed = dialog().querySelector("input").value.trim().toLowerCase();
  const words = typed.split(/\s+/);
  for (const option of dialog().querySelectorAll('[role="option"]')) {
    const text = option.textContent.toLowerCase();
    const stale = !typed && "found" in option.dataset;
    option.hidden = stale || !words.every((word) => text.includes(word));
  }
  dialog().querySelector("[data-palette-none]").hidden = shown().length > 0;
  select(shown().find((option) => option.textContent.trim().toLowerCase().startsWith(typed)) ?? shown()[0]);
}

function select(option) {
  for (const other of dialog().querySelectorAll("[aria-selected]")) other.removeAttribute("aria-selected");
  const input = dialog().querySelector("input");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) input.setAttribute("aria-activedescendant", option.id);
  else input.removeAttribute("aria-activedescendant");
}

function walk(event) {
  const options = shown();
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown") select(options[(at + 1) % options.length]);
  else if (event.key === "ArrowUp") select(options[(at - 1 + options.length) % options.length]);
  else if (event.key === "Enter") options[at]?.click();
  else return;
  event.preventDefault();
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    open();
  } else if (event.target.closest?.("#hub-palette")) walk(event);
});

document.addEventListener("input", ({ target }) => {
  if (target.closest("#hub-palette")) filter();
});

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-palette-open]")) open();
  else if (target === dialog() || target.closest('#hub-palette [role="option"]')) dialog().close();
});

document.addEventListener("pointermove", ({ target }) => {
  const option = target.closest?.('#hub-palette [role="option"]');
  if (option && option.getAttribute("aria-selected") !== "true") select(option);
});

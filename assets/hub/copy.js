// Copy buttons, the wrap switch of code, the eye of a password field; and the one live region that tells of them.
// Reflex's `set_clipboard` copies only where the browser has a clipboard API, and tells nobody how it went; it has no
// field with an eye, and its states would ask the server for it.
import { around, find, make } from "./elements.js";

const live = make("div", { className: "hub-hidden", role: "status" });
document.body.append(live);

/** @param {string} text */
function tell(text) {
  live.textContent = "";
  setTimeout(() => (live.textContent = text), 50);
}

/** @param {string} text */
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Plain http on another host than localhost has no clipboard API.
  const before = document.activeElement;
  const holder = make("textarea", { value: text, className: "hub-hidden" });
  (find(HTMLElement, '[role="dialog"]') ?? document.body).append(holder);
  holder.select();
  const done = document.execCommand("copy");
  holder.remove();
  if (before instanceof HTMLElement) before.focus();
  if (!done) throw new Error("copy refused");
}

/**
 * @param {HTMLElement} button
 * @param {string} text
 */
async function pressed(button, text) {
  try {
    await copy(text);
  } catch {
    tell("The browser did not allow copying. Select the text and copy it by hand.");
    return;
  }
  tell("Copied.");
  button.dataset.copied = "";
  setTimeout(() => delete button.dataset.copied, 1600);
}

document.addEventListener("click", ({ target }) => {
  const button = around(HTMLElement, target, "[data-copy], [data-wrap-switch], [data-eye]");
  if (!button) return;
  if (button.dataset.copy !== undefined) pressed(button, button.dataset.copy);
  const block = "wrapSwitch" in button.dataset && around(HTMLElement, button, ".hub-code");
  if (block) {
    const wrapped = block.dataset.wrap !== "on";
    block.dataset.wrap = wrapped ? "on" : "off";
    button.ariaPressed = String(wrapped);
  }
  const input = "eye" in button.dataset && button.parentElement?.querySelector("input");
  if (input) {
    const visible = input.type === "password";
    input.type = visible ? "text" : "password";
    button.ariaPressed = String(visible);
  }
});

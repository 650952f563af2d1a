// A field that follows another: <input data-follows="auth_header" data-usual='{"authorization": "Bearer"}'> is filled in
// with what is usual for the other's value, or with nothing, until someone enters something else. Reflex's states know
// of what is typed only by asking the server.
import { findAll, write } from "./elements.js";

const entered = new WeakSet();
/** @type {WeakMap<EventTarget, string>} */
const before = new WeakMap();
let filling = false;

document.addEventListener("input", ({ target }) => {
  if (filling || !(target instanceof HTMLInputElement)) return;
  entered.add(target);
  const place = `input[data-follows="${CSS.escape(target.name)}"]`;
  for (const follower of target.form ? findAll(HTMLInputElement, place, target.form) : [])
    follow(follower, before.get(target) ?? target.defaultValue, target.value);
  before.set(target, target.value);
});

/**
 * @param {HTMLInputElement} follower
 * @param {string} was
 * @param {string} is
 */
function follow(follower, was, is) {
  if (entered.has(follower) || follower.value !== usual(follower, was)) return;
  filling = true;
  write(follower, usual(follower, is));
  filling = false;
}

/**
 * @param {HTMLInputElement} follower
 * @param {string} value
 */
function usual(follower, value) {
  /** @type {[string, string][]} */
  const texts = Object.entries(JSON.parse(follower.dataset.usual ?? "{}"));
  return new Map(texts).get(value.trim().toLowerCase()) ?? "";
}

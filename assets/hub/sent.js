// What is pressed says so at once, and is not sent a second time before Hub has answered: a state's `busy` comes with the
// answer, which a slow line brings late. Reflex tells nobody when it sends an event, nor of which event what it gets is the
// answer: the websocket is watched, and each press is sent with a number, which Hub repeats (ui/presses.py).
import { around } from "./elements.js";
import { sending } from "./unsaved.js";

// The packets of socket.io that begin a connection, and that bring an event.
const CONNECT = "40";
const EVENT = "42";
const NUMBER = "hub_press";
// For an answer that was lost. What takes longer shows that it is busy.
const LONGEST = 15_000;

/**
 * What a press is about: its button, and what to do when the form that it sent is saved.
 * @typedef {{ button: HTMLButtonElement | null, save: (() => void) | null }} Press
 */

/**
 * What was pressed last, until something is sent.
 * @type {Press | null}
 */
let pressed = null;
let count = 0;
/** @type {Map<number, Press>} */
const waiting = new Map();
/** @type {WeakSet<WebSocket>} */
const watched = new WeakSet();

/**
 * @param {Event} event
 * @param {HTMLButtonElement | null} button
 * @param {HTMLFormElement | null} form
 */
function press(event, button, form) {
  if (button && [...waiting.values()].some((one) => one.button === button)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  const now = { button, save: form && sending(form) };
  pressed = now;
  // What is sent later is no answer to this press: React's handlers send at once.
  setTimeout(() => {
    if (pressed === now) pressed = null;
  });
}

/** @param {Press} press */
function release(press) {
  if (press.button) delete press.button.dataset.pressed;
  press.button = null;
}

/**
 * Hub says that the form which was sent with this press is saved.
 * @param {number} number
 */
export function saved(number) {
  waiting.get(number)?.save?.();
}

/**
 * Hub has done all that this press asked for.
 * @param {number} number
 */
export function answered(number) {
  const press = waiting.get(number);
  if (press) release(press);
  waiting.delete(number);
}

/** @param {WebSocket} socket */
function watch(socket) {
  if (watched.has(socket)) return;
  watched.add(socket);
  socket.addEventListener("close", () => [...waiting.keys()].forEach(answered));
}

/**
 * The packet with the press's number among the event's arguments.
 * @param {string} packet
 * @param {Press} press
 */
function numbered(packet, press) {
  const at = packet.indexOf("[");
  const [name, event] = JSON.parse(packet.slice(at));
  if (name !== "event") return packet;
  pressed = null;
  count += 1;
  waiting.set(count, press);
  if (press.button) press.button.dataset.pressed = "";
  setTimeout(release, LONGEST, press);
  return packet.slice(0, at) + JSON.stringify([name, { ...event, payload: { ...event.payload, [NUMBER]: count } }]);
}

document.addEventListener(
  "click",
  (event) => press(event, around(HTMLButtonElement, event.target, "button"), null),
  true,
);
document.addEventListener(
  "submit",
  (event) => {
    const button = event.submitter instanceof HTMLButtonElement ? event.submitter : null;
    press(event, button, event.target instanceof HTMLFormElement ? event.target : null);
  },
  true,
);

const send = WebSocket.prototype.send;
/**
 * @this {WebSocket}
 * @param {Parameters<WebSocket["send"]>[0]} data
 */
WebSocket.prototype.send = function (data) {
  let packet = data;
  if (typeof data === "string" && data.startsWith(CONNECT)) {
    // At the first time nothing is typed yet.
    document.dispatchEvent(new Event("hub:reconnect"));
  }
  if (typeof data === "string" && data.startsWith(EVENT) && pressed) {
    watch(this);
    packet = numbered(data, pressed);
  }
  send.call(this, packet);
};

// What is pressed says so at once, and is not sent a second time before Hub has answered. A state's `busy` comes with the
// answer, which a slow line brings late, and Reflex tells nobody when it sends an event: the websocket is watched.
import { around } from "./elements.js";

// An event, or an answer to one, as socket.io writes it.
const EVENT = "42";
/**
 * What was pressed last, until something is sent.
 * @type {HTMLButtonElement | null}
 */
let pressed = null;
/** @type {Set<HTMLButtonElement>} */
const waiting = new Set();
/** @type {WeakSet<WebSocket>} */
const watched = new WeakSet();

/**
 * @param {Event} event
 * @param {HTMLButtonElement | null} button
 */
function press(event, button) {
  if (button && waiting.has(button)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  } else {
    pressed = button;
    // What is sent later is no answer to this press.
    setTimeout(() => {
      if (pressed === button) pressed = null;
    }, 100);
  }
}

function answered() {
  for (const button of waiting) delete button.dataset.pressed;
  waiting.clear();
}

/** @param {WebSocket} socket */
function watch(socket) {
  if (watched.has(socket)) return;
  watched.add(socket);
  socket.addEventListener("close", answered);
  socket.addEventListener("message", ({ data }) => {
    if (typeof data === "string" && data.startsWith(EVENT)) answered();
  });
}

document.addEventListener("click", (event) => press(event, around(HTMLButtonElement, event.target, "button")), true);
document.addEventListener(
  "submit",
  (event) => press(event, event.submitter instanceof HTMLButtonElement ? event.submitter : null),
  true,
);

const send = WebSocket.prototype.send;
/**
 * @this {WebSocket}
 * @param {Parameters<WebSocket["send"]>[0]} data
 */
WebSocket.prototype.send = function (data) {
  if (typeof data === "string" && data.startsWith(EVENT)) {
    watch(this);
    if (pressed) {
      pressed.dataset.pressed = "";
      waiting.add(pressed);
      pressed = null;
    }
  }
  send.call(this, data);
};

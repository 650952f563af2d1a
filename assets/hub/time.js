// <hub-time data-at="2026-11-21T10:09:48Z" data-as="relative|moment|clock|date" data-none="never">: a moment in the
// reader's zone and words, kept up to date here. Reflex's moment (moment.js) brings 23 kB (compressed) for it, and says
// spans only roughly ("an hour ago").
import { find, make } from "./elements.js";

const DATE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" });
/** @type {Record<string, Intl.DateTimeFormat>} */
const FORMATS = {
  moment: new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" }),
  clock: new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" }),
  date: DATE,
};
const FULL = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long" });
const STEPS = [
  { below: 60, length: 1, unit: "s" },
  { below: 3600, length: 60, unit: "min" },
  { below: 86400, length: 3600, unit: "h" },
  { below: 14 * 86400, length: 86400, unit: "d" },
];
/** @type {Set<HubTime>} */
const connected = new Set();

/** @param {Date} moment */
function relative(moment) {
  const seconds = (Date.now() - moment.getTime()) / 1000;
  const distance = Math.abs(seconds);
  if (distance < 3) return "just now";
  const step = STEPS.find(({ below }) => distance < below);
  if (!step) return DATE.format(moment);
  const amount = `${Math.floor(distance / step.length)} ${step.unit}`;
  return seconds < 0 ? `in ${amount}` : `${amount} ago`;
}

class HubTime extends HTMLElement {
  static observedAttributes = ["data-at", "data-as", "data-none"];

  connectedCallback() {
    connected.add(this);
    this.show();
  }

  disconnectedCallback() {
    connected.delete(this);
  }

  attributeChangedCallback() {
    if (this.isConnected) this.show();
  }

  show() {
    const moment = new Date(this.dataset.at || NaN);
    if (Number.isNaN(moment.getTime())) {
      this.textContent = this.dataset.none ?? "–";
      return;
    }
    const text = FORMATS[this.dataset.as ?? ""]?.format(moment) ?? relative(moment);
    let time = find(HTMLTimeElement, "time", this);
    if (!time) {
      time = make("time", {});
      this.replaceChildren(time);
    }
    const { past } = this.dataset;
    const shown = past && moment.getTime() <= Date.now() ? past : text;
    if (time.textContent !== shown) time.textContent = shown;
    time.dateTime = moment.toISOString();
    time.title = FULL.format(moment);
  }
}

customElements.define("hub-time", HubTime);
setInterval(() => {
  if (!document.hidden) for (const element of connected) element.show();
}, 5000);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) for (const element of connected) element.show();
});

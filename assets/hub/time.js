// <hub-time data-at="2026-11-21T10:09:48Z" data-as="relative|moment|minute|second|hour|date" data-zone="" data-none="never">: a
// moment in the reader's zone, or in the one that is named, in words that are kept up to date here. <hub-zone>: the name of
// the reader's zone. Reflex's moment (moment.js) brings 23 kB (compressed) for it, and says spans only roughly
// ("an hour ago").
import { find, make } from "./elements.js";

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const FORMATS = {
  // With the zone's short name.
  moment: { dateStyle: "medium", timeStyle: "long" },
  minute: {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
  },
  // Of charts and histories, which name the zone once.
  second: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" },
  hour: { weekday: "short", hour: "2-digit", minute: "2-digit" },
  date: { dateStyle: "medium" },
  full: { dateStyle: "full", timeStyle: "long" },
};
/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();
const STEPS = [
  { below: 60, length: 1, unit: "s" },
  { below: 3600, length: 60, unit: "min" },
  { below: 86400, length: 3600, unit: "h" },
  { below: 14 * 86400, length: 86400, unit: "d" },
];
/** @type {Set<HubTime>} */
const connected = new Set();

/**
 * @param {string} name
 * @param {string} [zone] of the IANA's; the reader's where there is none, or the browser does not know it
 */
function format(name, zone = "") {
  const key = `${name} ${zone}`;
  const known = formats.get(key);
  if (known) return known;
  const made = withZone(FORMATS[name] ?? {}, zone);
  formats.set(key, made);
  return made;
}

/**
 * @param {Intl.DateTimeFormatOptions} options
 * @param {string} zone
 */
function withZone(options, zone) {
  try {
    return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone || undefined });
  } catch (error) {
    if (error instanceof RangeError) return new Intl.DateTimeFormat("en-GB", options);
    throw error;
  }
}

/**
 * A moment for charts, whose text the browser makes.
 * @param {string} at
 * @param {"hour" | "minute" | "date"} as
 */
export function time(at, as) {
  const moment = new Date(at);
  return Number.isNaN(moment.getTime()) ? at : format(as).format(moment);
}

/** @param {Date} moment */
function relative(moment) {
  const seconds = (Date.now() - moment.getTime()) / 1000;
  const distance = Math.abs(seconds);
  if (distance < 3) return "just now";
  // What is over is counted in whole steps. What is to come is rounded: a week from now is "in 7 d" a minute later too.
  const round = seconds < 0 ? Math.round : Math.floor;
  const step = STEPS.find(({ below, length }) => round(distance / length) * length < below);
  if (!step) return format("date").format(moment);
  const amount = `${round(distance / step.length)} ${step.unit}`;
  return seconds < 0 ? `in ${amount}` : `${amount} ago`;
}

class HubTime extends HTMLElement {
  static observedAttributes = ["data-at", "data-as", "data-none", "data-zone"];

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
    const { as = "", zone = "" } = this.dataset;
    const text = as in FORMATS ? format(as, zone).format(moment) : relative(moment);
    let time = find(HTMLTimeElement, "time", this);
    if (!time) {
      time = make("time", {});
      this.replaceChildren(time);
    }
    const { past } = this.dataset;
    const shown = past && moment.getTime() <= Date.now() ? past : text;
    if (time.textContent !== shown) time.textContent = shown;
    time.dateTime = moment.toISOString();
    time.title = format("full").format(moment);
  }
}

class HubZone extends HTMLElement {
  connectedCallback() {
    this.textContent = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  }
}

customElements.define("hub-time", HubTime);
customElements.define("hub-zone", HubZone);
setInterval(() => {
  if (!document.hidden) for (const element of connected) element.show();
}, 5000);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) for (const element of connected) element.show();
});

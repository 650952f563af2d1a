// <hub-time data-at="2026-11-21T10:09:48Z" data-as="relative|moment|clock|date" data-none="never">: a moment in the
// reader's zone and words, kept up to date here.
const FORMATS = {
  moment: new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" }),
  clock: new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" }),
  date: new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" }),
};
const FULL = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long" });
const STEPS = [
  [60, 1, "s"],
  [3600, 60, "min"],
  [86400, 3600, "h"],
  [14 * 86400, 86400, "d"],
];
const connected = new Set();

function relative(moment) {
  const seconds = (Date.now() - moment.getTime()) / 1000;
  const distance = Math.abs(seconds);
  if (distance < 3) return "just now";
  const step = STEPS.find(([limit]) => distance < limit);
  if (!step) return FORMATS.date.format(moment);
  const amount = `${Math.floor(distance / step[1])} ${step[2]}`;
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
    const as = this.dataset.as ?? "relative";
    const text = as === "relative" ? relative(moment) : FORMATS[as].format(moment);
    let time = this.querySelector("time");
    if (!time) {
      time = document.createElement("time");
      this.replaceChildren(time);
    }
    if (time.textContent !== text) time.textContent = text;
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

// <hub-autosave data-url data-etag data-fields="title body tags">: saves the form around it over REST while someone types, and says
// so. Reflex's events are lost with their connection; this keeps what is not saved in the browser, tries again until it is, survives a
// reload, and never overwrites what another window saved: the ETag says so.
import { find, held, isField, make, write } from "./elements.js";
import { HubTags } from "./tags.js";

/**
 * What was typed and is not saved, by the names of the fields; `base` is what Hub had of these when it was typed.
 * @typedef {{ person: string, tenant: string, at: number, texts: Record<string, string>, base: Record<string, string> }} Draft
 */

const PREFIX = "hub.draft.";
const LONGEST = 7 * 24 * 60 * 60 * 1000;
const PAUSE = 900;
const RETRIES = [2, 5, 10, 30];
const LISTS = ["tags"];

// What was typed goes with whoever signs out.
document.addEventListener("submit", ({ target }) => {
  if (!(target instanceof HTMLFormElement) || !target.getAttribute("action")?.endsWith("/auth/logout")) return;
  for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
});

class HubAutosave extends HTMLElement {
  #etag = "";
  /** @type {Record<string, string>} */
  #base = {};
  /** @type {HTMLFormElement | null} */
  #form = null;
  #over = new AbortController();
  #timer = 0;
  #failures = 0;
  #isSaving = false;
  #isStopped = false;
  #words = make("span", { className: "hub-small" });
  #choice = make("span", { className: "hub-row" });

  connectedCallback() {
    this.#form = this.closest("form");
    this.#etag = this.dataset.etag ?? "";
    this.#base = this.#held();
    this.setAttribute("role", "status");
    this.replaceChildren(this.#words, this.#choice);
    this.#over = new AbortController();
    const { signal } = this.#over;
    this.#form?.addEventListener("input", () => this.#typed(), { signal });
    this.#form?.addEventListener("change", () => this.#typed(), { signal });
    this.#form?.addEventListener("submit", (event) => event.preventDefault(), { signal });
    addEventListener("online", () => this.#soon(0), { signal });
    addEventListener("pagehide", () => void this.#save(true), { signal });
    addEventListener("keydown", (event) => this.#key(event), { signal });
    this.#say("Saved");
    this.#restore();
  }

  disconnectedCallback() {
    this.#over.abort();
    clearTimeout(this.#timer);
    void this.#save(true);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.#soon(0);
  }

  get #names() {
    return (this.dataset.fields ?? "").split(" ").filter(Boolean);
  }

  get #draftKey() {
    return PREFIX + (this.dataset.url ?? "");
  }

  /** @returns {Record<string, string>} */
  #held() {
    const elements = this.#form?.elements;
    return Object.fromEntries(
      this.#names.flatMap((name) => {
        const field = elements?.namedItem(name);
        return isField(field) ? [[name, held(field)]] : [];
      }),
    );
  }

  #changes() {
    return Object.fromEntries(Object.entries(this.#held()).filter(([name, text]) => text !== this.#base[name]));
  }

  #typed() {
    this.#keep();
    if (Object.keys(this.#changes()).length > 0 && !this.#isStopped) {
      this.#say("Saving…");
      this.#soon(PAUSE);
    }
  }

  /** @param {number} wait */
  #soon(wait) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#save(), wait);
  }

  #keep() {
    const texts = this.#changes();
    try {
      if (Object.keys(texts).length === 0) return localStorage.removeItem(this.#draftKey);
      const { person = "", tenant = "" } = find(HTMLElement, "hub-page")?.dataset ?? {};
      const base = Object.fromEntries(Object.keys(texts).map((name) => [name, this.#base[name] ?? ""]));
      /** @type {Draft} */
      const draft = { person, tenant, at: Date.now(), texts, base };
      localStorage.setItem(this.#draftKey, JSON.stringify(draft));
    } catch {
      // More than the browser has room for: it is saved all the same while there is a connection.
    }
  }

  #restore() {
    /** @type {Draft | null} */
    let draft = null;
    try {
      draft = JSON.parse(localStorage.getItem(this.#draftKey) ?? "null");
    } catch {
      // It is not ours.
    }
    const { person, tenant } = find(HTMLElement, "hub-page")?.dataset ?? {};
    if (!draft || draft.person !== person || draft.tenant !== tenant || Date.now() - draft.at > LONGEST) return;
    const { texts, base } = draft;
    if (Object.keys(texts).every((name) => texts[name] === this.#base[name])) {
      localStorage.removeItem(this.#draftKey);
    } else if (Object.keys(texts).every((name) => base[name] === this.#base[name])) {
      this.#fill(texts);
    } else {
      this.#ask({ ...this.#base, ...texts }, "Text that was not saved is still in this browser, and the session has changed since.");
    }
  }

  /** @param {Record<string, string>} texts */
  #fill(texts) {
    for (const [name, text] of Object.entries(texts)) {
      const field = this.#form?.elements.namedItem(name);
      if (!isField(field) || held(field) === text) continue;
      const tags = field.closest("hub-tags");
      if (tags instanceof HubTags) tags.fill(text);
      else write(field, text);
    }
  }

  /** @param {boolean} [isLast] */
  async #save(isLast = false) {
    const changes = this.#changes();
    if (this.#isStopped || Object.keys(changes).length === 0) return;
    if (this.#isSaving && !isLast) return this.#soon(PAUSE);
    this.#isSaving = true;
    try {
      const answer = await fetch(this.dataset.url ?? "", {
        method: "PATCH",
        headers: { "Content-Type": "application/json", "If-Match": this.#etag },
        body: JSON.stringify(sent(changes)),
        keepalive: isLast,
      });
      await this.#answered(answer, changes);
    } catch {
      this.#failed("no connection");
    } finally {
      this.#isSaving = false;
    }
  }

  /**
   * @param {Response} answer
   * @param {Record<string, string>} changes
   */
  async #answered(answer, changes) {
    if (answer.ok) {
      this.#etag = answer.headers.get("etag") ?? this.#etag;
      this.#base = { ...this.#base, ...changes };
      this.#failures = 0;
      this.#keep();
      if (Object.keys(this.#changes()).length === 0) this.#say("Saved");
      else this.#soon(PAUSE);
    } else if (answer.status === 412) await this.#meet();
    else if (answer.status === 401) this.#failed("your session has ended; sign in again in another tab");
    else if (answer.status === 429 || answer.status >= 500) this.#failed(`Hub answered ${answer.status}`);
    else {
      const problem = await answer.json().catch(() => ({}));
      this.#say(`Not saved: ${problem.detail ?? answer.status}`, true);
    }
  }

  /** @param {string} why */
  #failed(why) {
    const wait = RETRIES[Math.min(this.#failures, RETRIES.length - 1)] ?? 30;
    this.#failures += 1;
    this.#say(`Not saved yet: ${why}. It is kept in this browser, and tried again.`, true);
    this.#soon(wait * 1000);
  }

  /** Another window has saved something: what it did not touch is saved, for the rest the person chooses. */
  async #meet() {
    const answer = await fetch(this.dataset.url ?? "");
    if (!answer.ok) return this.#failed(`Hub answered ${answer.status}`);
    const session = await answer.json();
    const theirs = Object.fromEntries(this.#names.map((name) => [name, shown(session[name])]));
    const mine = this.#changes();
    this.#etag = answer.headers.get("etag") ?? "";
    const isApart = Object.keys(mine).every((name) => theirs[name] === this.#base[name] || theirs[name] === mine[name]);
    if (isApart) {
      this.#base = theirs;
      this.#fill({ ...theirs, ...mine });
      return this.#soon(0);
    }
    this.#base = theirs;
    return this.#ask({ ...theirs, ...mine }, "This session was changed in another window.");
  }

  /**
   * @param {Record<string, string>} mine
   * @param {string} why
   */
  #ask(mine, why) {
    const theirs = { ...this.#base };
    this.#isStopped = true;
    this.#say(`${why} Nothing of yours is saved.`, true);
    const choose = (/** @type {string} */ label, /** @type {Record<string, string>} */ texts) => {
      const button = make("button", { type: "button", className: "hub-button hub-button-secondary hub-button-small" }, label);
      button.addEventListener("click", () => {
        this.#isStopped = false;
        this.#choice.replaceChildren();
        this.#fill(texts);
        this.#say("Saved");
        this.#typed();
      });
      return button;
    };
    this.#choice.replaceChildren(choose("Keep mine", mine), choose("Use the other", theirs));
  }

  /**
   * @param {string} text
   * @param {boolean} [isWarning]
   */
  #say(text, isWarning = false) {
    if (this.#words.textContent !== text) this.#words.textContent = text;
    this.#words.className = isWarning ? "hub-small hub-text-warning" : "hub-small hub-text-2";
  }
}

/**
 * Fields as REST takes them.
 * @param {Record<string, string>} changes
 */
function sent(changes) {
  return Object.fromEntries(
    Object.entries(changes).map(([name, text]) => [
      name,
      LISTS.includes(name) ? text.split(",").map((one) => one.trim()).filter(Boolean) : text,
    ]),
  );
}

/** @param {unknown} value */
const shown = (value) => (Array.isArray(value) ? value.join(",") : String(value ?? ""));

customElements.define("hub-autosave", HubAutosave);

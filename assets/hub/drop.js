// <hub-drop id data-action data-then data-answer data-label data-help data-accept>: a file that is dropped or chosen goes to
// a REST route at once, as the part `file` of a form; the page goes on to `data-then` with the text `data-answer` of the
// response behind it. Reflex's upload has a route of its own, which keeps whole files in memory.
import { make } from "./elements.js";

const UNREACHED = "Hub could not be reached, so nothing was uploaded. Check your connection and try again.";

class HubDrop extends HTMLElement {
  #input = make("input", { type: "file", className: "hub-hidden" });
  #button = make("button", { type: "button", className: "hub-button hub-button-primary", textContent: "Choose a file" });
  #help = make("p", { className: "hub-text-2" });
  #state = make("p", { className: "hub-text-2 hub-figures" });
  #error = make("p", { className: "hub-error" });
  #bar = make("progress", { max: 100, hidden: true });

  constructor() {
    super();
    this.#state.setAttribute("role", "status");
    this.#error.setAttribute("role", "alert");
    this.#button.addEventListener("click", () => this.#input.click());
    this.#input.addEventListener("change", () => this.#send(this.#input.files?.[0]));
    this.addEventListener("dragover", (event) => {
      event.preventDefault();
      this.dataset.over = "";
    });
    this.addEventListener("dragleave", () => delete this.dataset.over);
    this.addEventListener("drop", (event) => {
      event.preventDefault();
      delete this.dataset.over;
      this.#send(event.dataTransfer?.files[0]);
    });
  }

  connectedCallback() {
    const { accept = "", help = "", label = "" } = this.dataset;
    this.#input.accept = accept;
    this.#input.tabIndex = -1;
    this.#input.ariaLabel = label;
    this.#help.textContent = help;
    this.#help.id = `${this.id}-help`;
    this.#button.setAttribute("aria-describedby", this.#help.id);
    this.#bar.ariaLabel = `${label}: uploading`;
    const title = make("strong", { textContent: label });
    this.replaceChildren(title, this.#help, this.#button, this.#input, this.#bar, this.#state, this.#error);
  }

  /** @param {File | undefined} file */
  #send(file) {
    if (!file || !this.#bar.hidden) return;
    this.#say("", `Uploading ${file.name} …`);
    this.#bar.hidden = false;
    const form = new FormData();
    form.append("file", file);
    const request = new XMLHttpRequest();
    request.open("POST", this.dataset.action ?? "");
    request.setRequestHeader("accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded, total }) => (this.#bar.value = (100 * loaded) / total));
    request.addEventListener("load", () => this.#answered(request));
    request.addEventListener("error", () => this.#say(UNREACHED, ""));
    request.send(form);
  }

  /** @param {XMLHttpRequest} request */
  #answered({ status, response }) {
    if (status < 300) {
      location.assign(`${this.dataset.then}${response[this.dataset.answer ?? ""]}`);
      return;
    }
    /** @type {{ field: string, message: string }[]} */
    const errors = response?.errors ?? [];
    const said = errors.map(({ field, message }) => (field === "file" ? `This file ${message}.` : message)).join(" ");
    this.#say(said || response?.detail || UNREACHED, "");
  }

  /**
   * @param {string} error
   * @param {string} state
   */
  #say(error, state) {
    this.#error.textContent = error;
    this.#state.textContent = state;
    this.#bar.hidden = true;
    this.#bar.value = 0;
    this.#input.value = "";
  }
}

customElements.define("hub-drop", HubDrop);

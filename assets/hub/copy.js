// Copy buttons, the wrap switch of code, the eye of a password field; and the one live region that tells of them.
const live = document.createElement("div");
live.className = "hub-hidden";
live.setAttribute("role", "status");
document.body.append(live);

function tell(text) {
  live.textContent = "";
  setTimeout(() => (live.textContent = text), 50);
}

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Plain http on another host than localhost has no clipboard API.
  const holder = document.createElement("textarea");
  holder.value = text;
  holder.className = "hub-hidden";
  (document.querySelector('[role="dialog"]') ?? document.body).append(holder);
  holder.select();
  const done = document.execCommand("copy");
  holder.remove();
  if (!done) throw new Error("copy refused");
}

async function pressed(button) {
  try {
    await copy(button.dataset.copy);
  } catch {
    tell("The browser did not allow copying. Select the text and copy it by hand.");
    return;
  }
  tell("Copied.");
  button.dataset.copied = "";
  setTimeout(() => delete button.dataset.copied, 1600);
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-copy], [data-wrap-switch], [data-eye]");
  if (!button) return;
  if ("copy" in button.dataset) pressed(button);
  if ("wrapSwitch" in button.dataset) {
    const block = button.closest(".hub-code");
    const wrapped = block.dataset.wrap !== "on";
    block.dataset.wrap = wrapped ? "on" : "off";
    button.setAttribute("aria-pressed", String(wrapped));
  }
  if ("eye" in button.dataset) {
    const input = button.parentElement.querySelector("input");
    const visible = input.type === "password";
    input.type = visible ? "text" : "password";
    button.setAttribute("aria-pressed", String(visible));
  }
});

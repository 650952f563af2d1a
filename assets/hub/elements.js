// What the other scripts share: elements of a kind, found and made.

/**
 * The first element that the selector finds, when it is of this kind.
 * @template {Element} T
 * @param {new () => T} kind
 * @param {string} selector
 * @param {ParentNode} [place]
 */
export function find(kind, selector, place = document) {
  const found = place.querySelector(selector);
  return found instanceof kind ? found : null;
}

/**
 * @template {Element} T
 * @param {new () => T} kind
 * @param {string} selector
 * @param {ParentNode} [place]
 */
export function findAll(kind, selector, place = document) {
  return [...place.querySelectorAll(selector)].flatMap((found) => (found instanceof kind ? [found] : []));
}

/**
 * The nearest element around the target of an event that fits the selector, when it is of this kind.
 * @template {Element} T
 * @param {new () => T} kind
 * @param {EventTarget | null} target
 * @param {string} selector
 */
export function around(kind, target, selector) {
  const found = target instanceof Element ? target.closest(selector) : null;
  return found instanceof kind ? found : null;
}

/**
 * @param {unknown} value
 * @returns {value is HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement}
 */
export function isField(value) {
  return [HTMLInputElement, HTMLSelectElement, HTMLTextAreaElement].some((kind) => value instanceof kind);
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Partial<HTMLElementTagNameMap[T]>} properties
 * @param {...(Node | string)} children
 */
export function make(tag, properties, ...children) {
  const element = document.createElement(tag);
  Object.assign(element, properties);
  element.append(...children);
  return element;
}

/**
 * Fills a field in as if someone had typed it; a box is ticked unless the text is empty.
 * @param {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} field
 * @param {string} text
 */
export function write(field, text) {
  const property = field.type === "checkbox" ? "checked" : "value";
  // Past React's own setter, which would take the event for one without a change.
  const own = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), property);
  own?.set?.call(field, property === "checked" ? text !== "" : text);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

/**
 * What a field holds, as `write` takes it.
 * @param {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} field
 */
export function held(field) {
  if (field instanceof HTMLInputElement && field.type === "checkbox") return field.checked ? "on" : "";
  return field.value;
}

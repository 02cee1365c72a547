// Elements without a framework.

/** @typedef {Node | string | number | null | undefined | false | any[]} Content */

/**
 * An element. Properties that begin with `on` are listeners, `class` and `style` are what they
 * say (`style` goes through the object model, which the content policy allows), functions and
 * booleans are set as properties, all else as attributes.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any> | null} [properties]
 * @param {...Content} content
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, properties, ...content) {
  const element = document.createElement(tag);
  assign(element, properties);
  append(element, content);
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @param {string} tag
 * @param {Record<string, any> | null} [properties]
 * @param {...Content} content
 * @returns {SVGElement}
 */
export function s(tag, properties, ...content) {
  const element = document.createElementNS(SVG, tag);
  assign(element, properties);
  append(element, content);
  return element;
}

/** @param {Element} element @param {Record<string, any> | null | undefined} properties */
function assign(element, properties) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'style') {
      for (const [key, text] of Object.entries(value)) {
        /** @type {HTMLElement} */ (element).style.setProperty(key, String(text));
      }
    } else if (name === 'value' || name === 'checked' || name === 'disabled') {
      /** @type {any} */ (element)[name] = value;
    } else element.setAttribute(name, value === true ? '' : String(value));
  }
}

/** @param {Element} element @param {Content[]} content */
function append(element, content) {
  for (const item of /** @type {any[]} */ (content.flat(9))) {
    if (item === null || item === undefined || item === false) continue;
    element.append(item instanceof Node ? item : String(item));
  }
}

/** @param {Element} element @param {...Content} content */
export function replace(element, ...content) {
  element.textContent = '';
  append(element, content);
}

/**
 * Puts these children into an element, and takes out all others. Those that stay in their order are
 * not touched.
 * @param {Element} element
 * @param {Node[]} nodes
 */
export function arrange(element, nodes) {
  const stay = new Set(nodes);
  for (const child of [...element.childNodes]) if (!stay.has(child)) child.remove();
  let at = element.firstChild;
  for (const node of nodes) {
    if (node === at) at = at.nextSibling;
    else element.insertBefore(node, at);
  }
}

/**
 * Sets a text only where it differs.
 * @param {Element} element
 * @param {string} text
 */
export function text(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {Element} element @param {string} name @param {string | null} value */
export function attribute(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/**
 * Whether a person is typing there.
 * @param {EventTarget | null} target
 */
export function typing(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true;
  if (target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement
    && !['checkbox', 'radio', 'button', 'range'].includes(target.type);
}

/**
 * What a screen reader says, at most once in two seconds.
 * @param {string} message
 */
export function announce(message) {
  pending = message;
  if (timer) return;
  const say = () => {
    const place = document.getElementById('live');
    if (place && pending !== null) place.textContent = pending;
    timer = pending === null ? 0 : /** @type {any} */ (setTimeout(say, 2000));
    pending = null;
  };
  timer = /** @type {any} */ (setTimeout(say, 150));
}

/** @type {string | null} */
let pending = null;
let timer = 0;

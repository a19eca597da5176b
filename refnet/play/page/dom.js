// How are elements made, numbers written and text copied? What all parts of the page share.

/** The element with this id. */
export const byId = (id) => document.getElementById(id);

/** A new element: make("button", {id: "a", class: "b", onclick: f}, "text", child, …). */
export function make(tag, attributes = {}, ...children) {
  const element = tag === "svg" || tag === "path" || tag === "text" || tag === "g"
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== undefined) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** A number for reading: four digits, the minus sign as it is printed; null is what JSON has for NaN and infinity. */
export function written(number, digits = 4) {
  if (number === null || number === undefined) return "not finite";
  const size = Math.abs(number);
  const text = size !== 0 && (size >= 1e6 || size < 1e-4) ? size.toExponential(digits - 1) : rounded(size, digits);
  return (number < 0 ? "−" : "") + text.replace("e-", "e−").replace("e+", "e");
}

const rounded = (size, digits) => String(Number(size.toPrecision(digits)));

/** A share such as 0.985 as "98.5 %". */
export const percent = (share) => (share === null || share === undefined ? "–" : `${(100 * share).toFixed(1)} %`);

/** "1 epoch", "2 epochs". */
export const counted = (many, word) => `${many} ${word}${many === 1 ? "" : "s"}`;

/** Round numbers between two limits, about so many. */
export function ticks(lowest, highest, about = 4) {
  const span = highest - lowest;
  if (!(span > 0) || !Number.isFinite(span)) return [];
  const power = 10 ** Math.floor(Math.log10(span / about));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => span / each <= about);
  const found = [];
  for (let i = Math.ceil(lowest / step - 1e-9); i * step <= highest + 1e-9 * span; i++) found.push(i * step);
  return found;
}

/** Copy a text; where the browser does not let us, select it, for Ctrl-C. The button says which. */
export async function copy(button, element) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(element.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(element);
    button.textContent = "Selected";
  }
  setTimeout(() => { button.textContent = label; }, 1500);
}

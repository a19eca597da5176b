// What may be set? A control for each setting, built from what the session says is allowed.

import { byId, make, written } from "./dom.js";
import { paintSet } from "./plane.js";

const BY_THE_NETWORK = ["features", "hidden"]; // the drawing itself is their control

/**
 * Builds all controls: with those in the bar the training goes on, with the others it starts again. change({name:
 * value}) is called when a reader changes one. show(settings) sets them.
 */
export class Controls {
  constructor({ bar, data, network }, allowed, thumbnails, change) {
    this.all = new Map();
    const place = (name) => (!allowed[name].anew ? bar : name === "activation" ? network : data);
    for (const name of Object.keys(allowed)) {
      if (BY_THE_NETWORK.includes(name)) continue;
      const control = name === "data" ? setChooser(name, allowed[name], thumbnails.data, change)
        : KINDS[allowed[name].kind](name, allowed[name], change);
      place(name).append(control.element);
      this.all.set(name, control);
    }
  }

  /** Of the noise, which is a share of the set's radius, also the standard deviation that the points have. */
  show(settings, points) {
    for (const [name, control] of this.all) control.show(settings[name]);
    byId("noise").labels[0].lastElementChild.textContent = `${settings.noise} (σ = ${written(points.noise)})`;
  }

  repaint() {
    for (const control of this.all.values()) control.repaint?.();
  }
}

const WORDS = { xor: "XOR", two_moons: "two moons", relu: "ReLU" }; // of values that are written otherwise for people
const words = (value) => WORDS[value] ?? String(value);

const KINDS = {
  choice: chooser,
  number: (name, rule, change) => (rule.values ? chooser : slider)(name, rule, change),
  count: typed,
};

function field(name, rule, input, ...more) {
  return make("label", { class: "field", for: name }, make("span", {}, rule.label), input, ...more);
}

function chooser(name, rule, change) {
  const options = new Map(rule.values.map((value) => [String(value), value]));
  const input = make("select", { id: name, onchange: () => change({ [name]: options.get(input.value) }) });
  for (const text of options.keys()) input.append(make("option", { value: text }, words(text)));
  return {
    element: field(name, rule, input),
    show(value) {
      if (!options.has(String(value))) { // of a network that was opened
        options.set(String(value), value);
        input.append(make("option", { value }, String(value)));
      }
      input.value = String(value);
    },
  };
}

function slider(name, rule, change) {
  const shown = make("output", { for: name });
  const input = make("input", {
    id: name, type: "range", min: rule.least, max: rule.most, step: rule.step,
    oninput: () => { shown.textContent = input.value; change({ [name]: Number(input.value) }); },
  });
  return {
    element: field(name, rule, input, shown),
    show(value) {
      input.value = value;
      shown.textContent = String(value);
    },
  };
}

/**
 * A whole number. What is no number goes to the session as it is typed, which says what is allowed. While one types,
 * the pictures of a training that go by leave the field alone.
 */
function typed(name, rule, change) {
  let last; // shown
  const input = make("input", {
    id: name, type: "number", min: rule.least, max: rule.most, step: 1, inputmode: "numeric",
    onchange: () => {
      last = undefined;
      change({ [name]: input.value.trim() === "" ? input.value : Number(input.value) });
    },
  });
  return {
    element: field(name, rule, input),
    show(value) {
      if (value !== last) input.value = value;
      last = value;
    },
  };
}

function setChooser(name, rule, sets, change) {
  const pictures = rule.values.map((value) => make("canvas", { "aria-hidden": "true" }));
  const inputs = rule.values.map((value) => make("input", {
    type: "radio", name, value, class: "unseen", onchange: () => change({ [name]: value }),
  }));
  const choices = rule.values.map((value, i) => make("label", { class: "set" }, inputs[i], pictures[i],
                                                     make("span", {}, words(value))));
  const repaint = () => rule.values.forEach((value, i) => paintSet(pictures[i], sets[value]));
  repaint();
  return {
    element: make("fieldset", { class: "sets" }, make("legend", { class: "unseen" }, rule.label), ...choices),
    show(value) { for (const input of inputs) input.checked = input.value === value; },
    repaint,
  };
}

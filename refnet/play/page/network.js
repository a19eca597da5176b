// What does the network look like? Its units with their pictures, its weights as lines, and buttons to change it.

import { byId, make, written } from "./dom.js";
import { paintGrid } from "./plane.js";

/** Draws into a box. onSettings(f) hears a change, f(settings) has the new ones; onUnit(layer, unit) opens a unit. */
export class NetworkView {
  constructor(box, { onSettings, onUnit }) {
    const hint = byId("readout").textContent;
    Object.assign(this, { box, onSettings, onUnit, hint, shape: "", units: [], lines: [] });
    this.drawing = make("svg", { class: "links", "aria-hidden": "true" });
    this.columns = make("div", { class: "columns" }, this.drawing);
    box.append(this.columns);
    new ResizeObserver(() => this.place()).observe(this.columns);
    addEventListener("pointerdown", ({ target }) => { if (!target.matches(".area")) this.tellWeight(null); });
    byId("fewer-layers").onclick = () => onSettings(({ hidden }) => ({ hidden: hidden.slice(0, -1) }));
    byId("more-layers").onclick = () => onSettings(({ hidden }) => ({ hidden: [...hidden, hidden.at(-1) ?? 2] }));
  }

  /** Show the newest state; what is drawn is built anew only where the network has another shape. */
  show({ settings, allowed, state, thumbnails, playing }) {
    Object.assign(this, { settings, allowed, state, thumbnails });
    const shape = JSON.stringify([settings.features, settings.hidden]);
    if (shape !== this.shape) this.build();
    this.shape = shape;
    this.paint();
    this.link();
    byId("readout").setAttribute("aria-live", playing ? "off" : "polite"); // not every epoch is read out
    this.tellUnit();
    this.tellWeight();
  }

  build() {
    const focused = document.activeElement?.id;
    const { state, settings, allowed } = this;
    const names = allowed.features.values;
    const chosen = (name) => settings.features.includes(name);
    const toggle = (name) => ({ features }) => ({
      features: names.filter((each) => features.includes(each) !== (each === name)),
    });
    this.pointed = null;
    this.units = state.layers.map(() => []);
    this.pictures = new Map();
    const features = names.map((name, index) => {
      const canvas = make("canvas", { "aria-hidden": "true" });
      this.pictures.set(name, canvas);
      const button = make("button", {
        type: "button", class: "unit feature", id: `feature-${index}`, "aria-pressed": String(chosen(name)),
        "aria-label": `feature ${name}`, onclick: () => this.onSettings(toggle(name)),
      }, make("span", {}, name), canvas);
      if (chosen(name)) this.units[0][settings.features.indexOf(name)] = button;
      return button;
    });
    const columns = [column("Features", "", features)];
    state.layers.slice(1).forEach((layer, index) => {
      const number = index + 1;
      const buttons = Array.from({ length: layer.units }, (_, j) => this.unit(number, j));
      this.units[number] = buttons;
      columns.push(layer.kind === "output" ? column("Output", "", buttons)
        : column(sentence(layer.label), this.stepper(index, layer), buttons));
    });
    this.columns.replaceChildren(this.drawing, ...columns);
    byId("layers-count").textContent = settings.hidden.length === 1 ? "1 hidden layer"
      : `${settings.hidden.length} hidden layers`;
    byId("fewer-layers").disabled = settings.hidden.length === 0;
    byId("more-layers").disabled = settings.hidden.length >= (allowed.hidden.longest);
    this.drawing.replaceChildren();
    this.lines = [];
    state.layers.slice(1).forEach((layer, index) => layer.weights.forEach((row, j) => row.forEach((_, i) => {
      const line = make("path", { class: "link" });
      const area = make("path", { class: "area" }); // wider than the line, for the pointer
      const from = { layer: index + 1, unit: j, input: i };
      for (const kind of ["pointermove", "pointerdown"]) {
        area.addEventListener(kind, (event) => this.tellWeight(from, event));
      }
      area.addEventListener("pointerleave", ({ pointerType }) => { // a finger leaves as soon as it has tapped
        if (pointerType !== "touch") this.tellWeight(null);
      });
      this.drawing.append(line, area);
      this.lines.push({ line, area, ...from });
    })));
    this.place();
    if (focused && document.activeElement?.id !== focused) byId(focused)?.focus();
  }

  /** Less and more units of a hidden layer. */
  stepper(index, layer) {
    const button = (id, text, label, more, limit) => make("button", {
      type: "button", id: `${id}-${index}`, "aria-label": `${label} in ${layer.label}`, disabled: layer.units === limit,
      onclick: () => this.onSettings(({ hidden }) => ({
        hidden: hidden.map((units, n) => (n === index ? units + more : units)),
      })),
    }, text);
    const { least, most } = this.allowed.hidden;
    return make("div", { class: "stepper", role: "group", "aria-label": `Units of ${layer.label}` },
      button("fewer", "−", "One unit less", -1, least), make("span", {}, String(layer.units)),
      button("more", "+", "One unit more", 1, most));
  }

  unit(number, j) {
    const tell = () => { this.tellUnit([number, j]); this.highlight(number, j); };
    return make("button", {
      type: "button", class: "unit", id: `unit-${number}-${j}`, onclick: () => this.onUnit(number, j),
      onfocus: tell, onpointerenter: tell, onblur: () => this.highlight(), onpointerleave: () => this.highlight(),
    }, make("canvas", { "aria-hidden": "true" }), make("span", { class: "bias" }),
      make("span", { class: "name", "aria-hidden": "true" }, this.name(number, j)));
  }

  /** Units' pictures and biases. */
  paint() {
    const { state: { layers, pictures }, allowed, thumbnails, settings } = this;
    for (const name of allowed.features.values) {
      const unit = settings.features.indexOf(name);
      const values = unit < 0 ? thumbnails.features[name] : pictures.layers[layers[0].name][unit];
      const finite = values.filter((value) => value !== null);
      paintGrid(this.pictures.get(name), values, unit < 0 ? thumbnails.size : pictures.size,
                [Math.min(...finite), Math.max(...finite)]);
    }
    layers.slice(1).forEach((layer, index) => this.units[index + 1].forEach((button, j) => {
      const [canvas, bias, name] = button.children;
      name.textContent = this.name(index + 1, j); // another one where there are more features
      const values = layer.kind === "output" ? pictures.output : pictures.layers[layer.name][j];
      paintGrid(canvas, values, pictures.size, pictures.limits[layer.name], layer.activation.startsWith("sigmoid"));
      bias.className = `bias ${sign(layer.bias[j])}`;
      bias.style.opacity = strength(layer.bias[j]);
      button.setAttribute("aria-label", `${layer.label}, unit ${this.name(index + 1, j)}, show how it is computed`);
    }));
  }

  /** Lines as wide as their weights are large, in the colour of their sign. */
  link() {
    for (const { line, layer, unit, input } of this.lines) {
      const weight = this.state.layers[layer].weights[unit][input];
      const faint = this.marked && (this.marked[0] !== layer || this.marked[1] !== unit) ? "faint" : "";
      line.setAttribute("class", `link ${sign(weight)} ${faint}`);
      line.style.strokeWidth = weight === null ? 1 : Math.min(9, 0.6 + 1.7 * Math.abs(weight));
      line.style.strokeOpacity = strength(weight);
    }
  }

  /** Lay the lines between the units, wherever the page has put these. */
  place() {
    const { scrollWidth: width, scrollHeight: height } = this.columns;
    this.drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    byId("network-scrolls").hidden = this.box.scrollWidth <= this.box.clientWidth;
    this.drawing.style.width = `${width}px`;
    this.drawing.style.height = `${height}px`;
    const origin = this.columns.getBoundingClientRect();
    const places = this.units.map((layer) => layer.map((unit) => unit.getBoundingClientRect()));
    for (const { line, area, layer, unit, input } of this.lines) {
      const from = places[layer - 1][input], to = places[layer][unit];
      const start = [from.right - origin.left, (from.top + from.bottom) / 2 - origin.top];
      const end = [to.left - origin.left, (to.top + to.bottom) / 2 - origin.top];
      const bend = (end[0] - start[0]) / 2;
      const path = `M${start}C${start[0] + bend} ${start[1]} ${end[0] - bend} ${end[1]} ${end}`;
      line.setAttribute("d", path);
      area.setAttribute("d", path);
    }
  }

  /** Say the formula of a unit, the last one if none is given; where the network has it no more, what can be done. */
  tellUnit(told = this.told) {
    this.told = told && told[1] < (this.state.layers[told[0]]?.units ?? 0) ? told : null;
    const words = this.told ? this.formula(...this.told) : this.hint;
    if (byId("readout").textContent !== words) byId("readout").textContent = words;
  }

  /** Say the weight of a line, the last one if none is given, beside the pointer; null: there is none. */
  tellWeight(pointed = this.pointed, event = null) {
    const tip = byId("tip");
    this.pointed = pointed;
    tip.hidden = !pointed;
    if (!pointed) return;
    const { layer, unit, input } = pointed, weight = this.state.layers[layer].weights[unit][input];
    tip.textContent = `${this.name(layer - 1, input)} → ${this.name(layer, unit)}: ${written(weight)}`;
    if (!event) return;
    const { clientX, clientY } = event;
    tip.style.left = `${Math.max(4, Math.min(clientX + 12, innerWidth - tip.offsetWidth - 4))}px`;
    tip.style.top = `${Math.max(4, clientY - tip.offsetHeight - 8)}px`;
  }

  /** What refnet's explain calls a unit: x or sin y, then o3, o4, …, numbered through. */
  name(layer, unit) {
    return this.state.layers[layer].names[unit];
  }

  /** What a unit computes, its own weights put in: o3 = tanh(0.1 + 0.53·x − 1.2·y). */
  formula(number, j) {
    const layer = this.state.layers[number];
    const terms = layer.weights[j].map((weight, i) => ` ${weight < 0 ? "−" : "+"} ${
      written(weight === null ? null : Math.abs(weight), 3)}·${this.name(number - 1, i)}`);
    const sum = `${written(layer.bias[j], 3)}${terms.join("")}`;
    const activation = layer.activation.replace(/\d+$/, "");
    return `${this.name(number, j)} = ${activation === "linear" || !activation ? sum : `${activation}(${sum})`}`;
  }

  /** Mark the lines that lead to one unit; without one, none. */
  highlight(...unit) {
    this.marked = unit.length ? unit : null;
    this.link();
  }

  /** Mark the unit that is opened; without one, none. */
  mark(layer, unit) {
    for (const button of this.columns.querySelectorAll(".unit.open")) button.classList.remove("open");
    if (layer !== undefined) this.units[layer]?.[unit]?.classList.add("open");
  }
}

const sign = (number) => (number === null ? "broken" : number < 0 ? "negative" : "positive");
const strength = (number) => (number === null ? 1 : Math.min(1, 0.2 + 0.5 * Math.abs(number)).toFixed(2));
const sentence = (text) => text[0].toUpperCase() + text.slice(1);

function column(title, stepper, units) {
  return make("div", { class: "column" }, make("div", { class: "head" }, make("h3", {}, title), stepper),
              make("div", { class: "units" }, ...units));
}

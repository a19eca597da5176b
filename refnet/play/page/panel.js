// How is one unit computed, here and now? The lines of refnet's own explain, for one example.

import { byId, counted, make } from "./dom.js";

const NARROW = 860; // pixels, as in the style sheet

/** The panel below the network. ask asks the session, opened(layer, unit) hears which unit is shown, if any. */
export class Panel {
  constructor(ask, opened) {
    Object.assign(this, { ask, opened, chosen: null });
    byId("unit-close").onclick = () => this.close();
    byId("unit-step").onchange = () => this.refresh();
    document.addEventListener("keydown", ({ key }) => {
      if (key === "Escape" && !document.querySelector("dialog[open]")) this.close();
    });
  }

  /** Open for unit j of the layer with this number, and go there: on a narrow screen it is far below. */
  async open(number, j) {
    this.chosen = { number, j };
    this.opened(number, j);
    await this.refresh();
    byId("unit-title").focus({ preventScroll: true });
    byId("unit").scrollIntoView({ block: innerWidth > NARROW ? "nearest" : "start" });
  }

  close() {
    if (!this.chosen) return;
    const { number, j } = this.chosen;
    this.chosen = null;
    byId("unit").hidden = true;
    this.opened();
    byId(`unit-${number}-${j}`)?.focus();
  }

  /** What the panel is about has changed: other weights, another network, another example. */
  update(view) {
    this.view = view;
    if (this.chosen && !(this.chosen.j < (view.state.layers[this.chosen.number]?.units ?? 0))) this.close();
    byId("unit").classList.toggle("stale", view.playing);
    if (!this.chosen || view.playing) return;
    const now = this.key();
    if (now !== this.shown) this.refresh();
  }

  key() {
    const { state, settings, example } = this.view;
    return JSON.stringify([state.fingerprint, settings, example, this.chosen, byId("unit-step").checked]);
  }

  async refresh() {
    if (!this.chosen) return;
    this.shown = this.key();
    const { state, example } = this.view, { number, j } = this.chosen;
    const answer = await this.ask({
      do: "unit", layer: state.layers[number].name, unit: j, example, step: byId("unit-step").checked,
    });
    if (!answer || !this.chosen) return;
    byId("unit").hidden = false;
    byId("unit-title").textContent = answer.title;
    byId("unit-about").textContent = `After ${counted(state.epoch, "epoch")}.${about(this.view)}`;
    byId("unit-lines").replaceChildren(...answer.sections.flatMap(({ title, lines }) => [
      make("h4", {}, title), make("pre", {}, ...lines.map((line) => make("span", {}, `${line}\n`))),
    ]));
  }
}

/** What the step below is, beside those of a training. */
function about({ points, example, settings }) {
  const kind = points.test[example] ? " This is a test example: the training itself never learns from it." : "";
  const step = byId("unit-step").checked ? " The step below is on this example alone, of a copy; the training takes " +
    `its steps on batches of ${settings.batch_size}.` : "";
  return kind + step;
}

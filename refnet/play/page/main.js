// What happens when? The page's state, the loop of training, and who is told what.

import { Controls } from "./controls.js";
import { showCurves } from "./curves.js";
import { byId, make, percent, written } from "./dom.js";
import { wireFiles } from "./files.js";
import { connect } from "./link.js";
import { NetworkView } from "./network.js";
import { Panel } from "./panel.js";
import { Plane, readColours } from "./plane.js";

const SPEEDS = [ // words, and of one request: epochs, milliseconds at most and, from one to the next, at least
  ["4 epochs a second", 1, 5000, 250], ["draw every epoch", 1, 5000, 0], ["draw every 10 epochs", 10, 5000, 0],
  ["draw every 100 epochs", 100, 5000, 0], ["as fast as it can", 100000, 50, 0],
];
const CALM = 250; // milliseconds between two pictures, for those who want less motion
const FLAT = 0.002; // between two outputs that look the same everywhere
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const view = { settings: null, allowed: null, state: null, points: null, thumbnails: null, example: 0, playing: false };
let controls;
let drawn = null; // resolves with the picture that is being waited for
let changes = null; // of settings, that are not sent yet
let sent = null; // changes of settings that are not answered yet
let changing = null; // resolves when they are
let looping = false;
let restarted = false; // by the last change of a setting

const askSession = connect(({ text, bytes }) => {
  byId("loading-text").textContent = `${text} (${(bytes / 1e6).toFixed(1)} MB) …`;
});

/** Ask the session; an error is shown in words, and the answer is then undefined. */
async function ask(request, tell) {
  if (request.do !== "set") await changing; // what was changed before counts for what is asked now
  const busy = setTimeout(() => document.body.setAttribute("aria-busy", "true"), 400);
  try {
    const answer = await askSession(request, tell);
    if (request.do !== "train") byId("message").hidden = true;
    return answer;
  } catch (error) {
    pause();
    refuse(error.message);
    if (view.settings) show({});
    return undefined;
  } finally {
    clearTimeout(busy);
    document.body.removeAttribute("aria-busy");
  }
}

/** Say in words why something is not done, or has gone wrong. */
function refuse(words) {
  byId("message-text").textContent = words;
  byId("message").hidden = false;
}

const note = (words) => { byId("announcement").textContent = words; };
const announce = (words = "") => note(`${words}Epoch ${view.state.epoch}, ` +
  `loss ${written(view.state.loss.training, 3)}, accuracy on test examples ${percent(view.state.accuracy.test)}.`);

const network = new NetworkView(byId("network-box"), {
  onSettings: change, onUnit: (layer, j) => panel.open(layer, j),
});
const plane = new Plane(byId("plane"), choose);
const panel = new Panel(ask, (...unit) => network.mark(...unit));

/** Take what an answer has, and draw it with the next picture of the screen. Resolves when it is drawn. */
function show(answer) {
  if (!answer) return Promise.resolve();
  for (const name of Object.keys(view)) if (answer[name] !== undefined) view[name] = answer[name];
  drawn ??= new Promise((resolve) => requestAnimationFrame(() => {
    drawn = null;
    draw();
    resolve();
  }));
  return drawn;
}

function draw() {
  const { state, points } = view;
  view.example = Math.min(view.example, points.x.length - 1);
  controls.show(wanted(), points); // not back and forth while an older request is answered
  network.show(view);
  if (panel.chosen) network.mark(panel.chosen.number, panel.chosen.j);
  const output = state.layers.at(-1).name, { size, edges, limits } = state.pictures;
  plane.show({
    picture: { size, edges, values: state.pictures.output, limits: limits[output] }, points,
    options: { showTest: byId("show-test").checked, decide: byId("decide").checked, example: view.example },
  });
  const [wrong, right] = points.names;
  byId("plane").setAttribute("aria-label", `The plane with ${points.x.length} examples of the classes “${wrong}”, ` +
    `blue, and “${right}”, orange, and the network’s output for each place. Accuracy on training examples ` +
    `${percent(state.accuracy.training)}, on test examples ${percent(state.accuracy.test)}.`);
  for (const part of ["training", "test"]) {
    byId(`loss-${part}`).textContent = written(state.loss[part]);
    byId(`accuracy-${part}`).textContent = percent(state.accuracy[part]);
  }
  showCurves(byId("curves"), state.history);
  byId("epoch").textContent = state.epoch.toLocaleString("en");
  byId("epoch-label").textContent = restarted && state.epoch === 0 ? "Started again" : "Epoch";
  byId("fingerprint").textContent = state.fingerprint;
  showExample();
  showLegend();
  const { output: values } = state.pictures;
  byId("flat").hidden = state.epoch === 0 || Math.max(...values) - Math.min(...values) > FLAT;
  panel.update(view);
  if (state.note) {
    pause();
    refuse(state.note);
  }
}

function showExample() {
  const { points, example } = view;
  byId("example").max = points.x.length - 1;
  if (document.activeElement !== byId("example")) byId("example").value = example; // else somebody may be typing
  byId("example-text").textContent = `x = ${written(points.x[example])}, y = ${written(points.y[example])}, ` +
    `“${points.names[points.class[example]]}”, ${points.test[example] ? "test" : "training"}`;
}

function showLegend() {
  const entry = (kind, words) => make("li", {}, make("span", { class: `dot ${kind}` }), words);
  const hasTest = byId("show-test").checked || view.points.test[view.example];
  byId("legend").replaceChildren(entry("low", `${view.points.names[0]} (0)`),
                                 entry("high", `${view.points.names[1]} (1)`),
                                 entry("filled", "training"), ...(hasTest ? [entry("hollow", "test")] : []),
                                 entry("ring", `example ${view.example}`));
}

/** The settings as a reader has left them, sent or not. */
const wanted = () => ({ ...view.settings, ...sent, ...changes });

/**
 * Change settings: {name: value}, or what makes this of the settings as they are wanted until now. What comes while a
 * request is under way is sent together, the newest values alone.
 */
function change(found) {
  const settings = typeof found === "function" ? found(wanted()) : found;
  if (changes) Object.assign(changes, settings);
  else {
    changes = { ...settings };
    changing = sendChanges();
  }
}

async function sendChanges() {
  await askSession.idle();
  [sent, changes] = [changes, null];
  const { epoch } = view.state;
  const answer = await ask({ do: "set", settings: sent });
  sent = null;
  restarted = Boolean(answer) && epoch > 0 && answer.state.epoch === 0;
  await show(answer);
  if (restarted) announce("Started again: ");
  else if (answer && !view.playing) announce();
}

function choose(example) {
  view.example = example;
  show({});
}

async function play() {
  view.playing = true;
  showPlaying();
  if (looping) return; // paused and started again within one request
  looping = true;
  while (view.playing) {
    const [, epochs, milliseconds, least] = SPEEDS[byId("speed").value];
    const start = performance.now();
    const answer = await ask({ do: "train", epochs, milliseconds });
    if (!answer) break;
    await show(answer);
    const rest = Math.max(least, calm.matches ? CALM : 0) - (performance.now() - start);
    if (view.playing && rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
  }
  looping = false;
  announce();
}

function pause() {
  if (!view.playing) return;
  view.playing = false;
  showPlaying();
  panel.update(view);
}

/** Ask for one thing, not in the loop. */
async function once(request) {
  pause();
  const answer = await ask(request);
  await show(answer);
  if (answer) announce();
}

function showPlaying() {
  byId("play").classList.toggle("playing", view.playing);
  byId("play").lastElementChild.textContent = view.playing ? "Pause" : "Train";
  byId("step").disabled = view.playing;
}

function wire() {
  SPEEDS.forEach(([words], index) => byId("speed").append(make("option", { value: index }, words)));
  byId("speed").value = 1;
  byId("play").onclick = () => (view.playing ? pause() : play());
  byId("step").onclick = () => once({ do: "train", epochs: 1 });
  byId("reset").onclick = () => once({ do: "reset" });
  byId("message-close").onclick = () => { byId("message").hidden = true; };
  byId("show-test").onchange = byId("decide").onchange = () => show({});
  byId("example").onchange = ({ target }) => {
    const wanted = Number(target.value);
    const most = view.points.x.length - 1;
    byId("message").hidden = true;
    if (target.value && Number.isInteger(wanted) && wanted >= 0 && wanted <= most) {
      choose(wanted);
      return;
    }
    const found = target.value ? `${target.value} is not allowed` : "nothing is entered";
    refuse(`Example: ${found}. It takes a whole number from 0 to ${most}.`);
    target.value = view.example;
  };
  wireFiles({ ask, opened: (answer) => { pause(); show(answer); }, note, refuse });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    readColours();
    controls.repaint();
    show({});
  });
}

async function start() {
  readColours();
  wire();
  const answer = await ask({ do: "open" });
  byId("loading").hidden = true;
  if (!answer) return;
  const places = { bar: byId("bar-controls"), data: byId("data-controls"), network: byId("network-controls") };
  controls = new Controls(places, answer.allowed, answer.thumbnails, change);
  byId("main").hidden = byId("footer").hidden = false;
  const core = { c: "the C core", python: "the reference in Python" }[answer.backend] ?? answer.backend;
  byId("backend").textContent = `refnet ${answer.version}, ${core}, ${askSession.where}`;
  for (const id of ["play", "step", "reset"]) byId(id).disabled = false;
  await show(answer);
}

start();

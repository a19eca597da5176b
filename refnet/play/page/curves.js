// How did the losses fall? Two curves over the epochs, on the training and the test examples.

import { counted, make, ticks, written } from "./dom.js";

const WIDTH = 300, HEIGHT = 110, LEFT = 38, BOTTOM = 18, TOP = 6, RIGHT = 6;

/** Draw the history into a box; of a loss that is not finite there is a gap. */
export function showCurves(box, { epoch, training, test }) {
  const first = epoch[0] ?? 0; // of a network that was opened: where its training goes on
  const last = Math.max(first + 1, epoch[epoch.length - 1] ?? 1);
  const highest = Math.max(1e-12, ...[...training, ...test].filter((loss) => loss !== null));
  const top = ticks(0, 2 * highest, 4).find((level) => level >= highest); // a number of the axis is above the curve
  const x = (n) => LEFT + (WIDTH - LEFT - RIGHT) * (n - first) / (last - first);
  const y = (loss) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - loss / top);
  const lines = [];
  for (const level of ticks(0, top, 3)) {
    lines.push(make("path", { class: "grid", d: `M${LEFT} ${y(level)}H${WIDTH - RIGHT}` }),
               make("text", { x: LEFT - 5, y: y(level) + 3.5, class: "left" }, written(level)));
  }
  for (const n of ticks(first, last, 4).filter(Number.isInteger)) {
    lines.push(make("text", { x: x(n), y: HEIGHT - 4, class: x(n) > WIDTH - 25 ? "left" : "below" }, String(n)));
  }
  lines.push(make("path", { class: "curve dashed", d: path(epoch, test, x, y) }),
             make("path", { class: "curve", d: path(epoch, training, x, y) }));
  const now = epoch.length - 1;
  box.replaceChildren(make("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img",
    "aria-label": `Loss over ${counted((epoch[now] ?? 0) - first, "epoch")}: on training examples from ` +
      `${written(training[0])} to ${written(training[now])}, on test examples from ${written(test[0])} to ` +
      `${written(test[now])}.`,
  }, ...lines));
}

function path(epoch, losses, x, y) {
  let pen = "M";
  return losses.map((loss, i) => {
    if (loss === null) { pen = "M"; return ""; }
    const piece = `${pen}${x(epoch[i]).toFixed(1)} ${y(loss).toFixed(1)}`;
    pen = "L";
    return piece;
  }).join("");
}

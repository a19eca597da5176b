// Which colour has a number, and where is a point? Pictures of the plane: small ones of units, a large one at the end.

import { ticks } from "./dom.js";

const PALE = 0.75; // of a colour, so that points stand out of the surface
const FINER = 6; // pixels of the surface for each of the session's, in each direction
const MARGIN = { left: 30, bottom: 20, top: 4, right: 4 }; // pixels beside the large picture, for numbers of 11
let colours; // of small and large outputs, as the style sheet has them in light and in dark

/** Read the style sheet's colours again: now, and whenever the reader changes between light and dark. */
export function readColours() {
  const style = getComputedStyle(document.documentElement);
  const rgb = (name) => style.getPropertyValue(name).trim().match(/[0-9a-f]{2}/gi).map((pair) => parseInt(pair, 16));
  colours = { low: rgb("--low"), middle: rgb("--middle"), high: rgb("--high"), ink: rgb("--ink"), paper: rgb("--paper"),
              quiet: rgb("--quiet") };
}

const css = ([red, green, blue], alpha = 1) => `rgb(${red} ${green} ${blue} / ${alpha})`;

/** The colour between blue (−1), the middle (0) and orange (1): large is warm, as in refnet.plots. */
function colour(position) {
  const end = position < 0 ? colours.low : colours.high;
  const share = Math.min(1, Math.abs(position));
  return colours.middle.map((part, i) => part + share * (end[i] - part));
}

/** From a unit's output to −1 … 1: the middle is 0.5 where outputs are shares, else 0. */
function scale([lowest, highest], isShare) {
  if (isShare) return (value) => 2 * value - 1;
  const largest = Math.max(Math.abs(lowest), Math.abs(highest)) || 1;
  return (value) => value / largest;
}

/** Draw size × size values, row by row from below, into a canvas of that size. Not finite: the ink's colour. */
export function paintGrid(canvas, values, size, limits, isShare = false, surface = {}) {
  if (canvas.width !== size) canvas.width = canvas.height = size;
  const context = canvas.getContext("2d");
  const image = context.createImageData(size, size);
  const position = scale(limits, isShare);
  values.forEach((value, n) => {
    const place = value === null ? 0 : position(value);
    const shown = surface.decide ? Math.sign(place) || 1 : place;
    const [red, green, blue] = value === null ? colours.quiet : colour((surface.pale ?? 1) * shown);
    const pixel = 4 * ((size - 1 - Math.floor(n / size)) * size + (n % size));
    image.data.set([red, green, blue, 255], pixel);
  });
  context.putImageData(image, 0, 0);
}

/** The same values on a finer grid, each between its four neighbours: what is between two colours has a smooth edge. */
function finer(values, size, times) {
  const found = new Array(size * size * times * times);
  const width = size * times;
  const place = (n) => {
    const exact = Math.min(size - 1, Math.max(0, (n + 0.5) / times - 0.5)), low = Math.min(size - 2, Math.floor(exact));
    return [low, exact - low];
  };
  const places = Array.from({ length: width }, (_, n) => place(n));
  places.forEach(([row, up], n) => places.forEach(([column, right], m) => {
    const corner = row * size + column;
    const around = [values[corner], values[corner + 1], values[corner + size], values[corner + size + 1]];
    found[n * width + m] = around.includes(null) ? null : (1 - up) * ((1 - right) * around[0] + right * around[1]) +
      up * ((1 - right) * around[2] + right * around[3]);
  }));
  return found;
}

/** Draw the points of a set as dots: the small pictures from which a set is chosen. */
export function paintSet(canvas, { x, y, class: classes }, size = 64) {
  canvas.width = canvas.height = 2 * size;
  const context = canvas.getContext("2d");
  const [left, right, bottom, top] = [Math.min(...x), Math.max(...x), Math.min(...y), Math.max(...y)];
  const half = 0.55 * Math.max(right - left, top - bottom);
  const place = (value, middle) => size * (1 + (value - middle) / half);
  x.forEach((_, i) => {
    context.beginPath();
    context.arc(place(x[i], (left + right) / 2), 2 * size - place(y[i], (bottom + top) / 2), 4.5, 0, 2 * Math.PI);
    context.fillStyle = css(classes[i] ? colours.high : colours.low);
    context.fill();
  });
}

/** Test points are shown on demand, but the example that is chosen always. */
const isShown = (i, { test }, { showTest, example }) => showTest || !test[i] || i === example;

/** The large picture: the output's surface, the points, and a ring around the one that is chosen. */
export class Plane {
  constructor(canvas, onPoint) {
    this.canvas = canvas;
    this.surface = document.createElement("canvas");
    this.last = null;
    canvas.addEventListener("click", (event) => {
      const found = this.nearest(event.offsetX, event.offsetY);
      if (found !== null) onPoint(found);
    });
    new ResizeObserver(() => this.last && this.show(this.last)).observe(canvas);
  }

  /** picture: size, values, limits; points: as the session gives them; options: showTest, decide, example. */
  show(last) {
    this.last = last;
    const { picture, points, options } = last;
    const width = this.canvas.clientWidth, height = this.canvas.clientHeight, dots = window.devicePixelRatio || 1;
    if (!width) return;
    if (this.canvas.width !== Math.round(width * dots)) {
      this.canvas.width = Math.round(width * dots);
      this.canvas.height = Math.round(height * dots);
    }
    const context = this.canvas.getContext("2d");
    context.setTransform(dots, 0, 0, dots, 0, 0);
    context.clearRect(0, 0, width, height);
    this.larger = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16; // on a large screen
    const margin = (side) => this.larger * MARGIN[side];
    this.frame = { left: margin("left"), top: margin("top"), width: width - margin("left") - margin("right"),
                   height: height - margin("top") - margin("bottom"), edges: picture.edges };
    paintGrid(this.surface, finer(picture.values, picture.size, FINER), picture.size * FINER, picture.limits, true,
              { pale: PALE, decide: options.decide });
    const { left, top, width: w, height: h } = this.frame;
    context.drawImage(this.surface, left, top, w, h);
    this.axes(context);
    context.save();
    context.beginPath();
    context.rect(left, top, w, h);
    context.clip();
    points.x.forEach((_, i) => { if (isShown(i, points, options)) this.point(context, points, i, options); });
    context.restore();
  }

  place(x, y) {
    const { left, top, width, height, edges: [west, east, south, north] } = this.frame;
    return [left + width * (x - west) / (east - west), top + height * (north - y) / (north - south)];
  }

  point(context, points, i, { example }) {
    const [x, y] = this.place(points.x[i], points.y[i]);
    const own = css(points.class[i] ? colours.high : colours.low);
    context.beginPath();
    context.arc(x, y, this.larger * (points.test[i] ? 3 : 3.6), 0, 2 * Math.PI);
    context.fillStyle = points.test[i] ? css(colours.paper) : own;
    context.strokeStyle = points.test[i] ? own : css(colours.paper);
    context.lineWidth = this.larger * (points.test[i] ? 1.8 : 1);
    context.fill();
    context.stroke();
    if (i !== example) return;
    context.beginPath();
    context.arc(x, y, 8 * this.larger, 0, 2 * Math.PI);
    context.strokeStyle = css(colours.ink);
    context.lineWidth = 2;
    context.stroke();
  }

  axes(context) {
    const { left, top, width, height, edges: [west, east, south, north] } = this.frame;
    context.font = `${11 * this.larger}px system-ui, sans-serif`;
    context.fillStyle = css(colours.quiet);
    const sign = (number) => String(Number(number.toPrecision(6))).replace("-", "−");
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const x of ticks(west, east, 5)) context.fillText(sign(x), this.place(x, 0)[0], top + height + 5);
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const y of ticks(south, north, 5)) context.fillText(sign(y), left - 5, this.place(0, y)[1]);
  }

  /** The point under the pointer, or null. */
  nearest(x, y) {
    const { points, options } = this.last;
    let found = null, shortest = 12;
    points.x.forEach((_, i) => {
      if (!isShown(i, points, options)) return;
      const [px, py] = this.place(points.x[i], points.y[i]);
      const distance = Math.hypot(px - x, py - y);
      if (distance < shortest) [found, shortest] = [i, distance];
    });
    return found;
  }
}

// Does JavaScript compute refnet's bits? exp, sigmoid, affine and a 2-3-1 training, in binary64 or binary32, written from
// FORMAT.md alone.
//
//     node check.js vectors                                             the folder that `refnet vectors` wrote
//     refnet vectors --stream sigmoid --seed 7 | node check.js -        calls as they come, one a line
//
// It says "pass", or the first place and value that differ. Take it as a pattern for an implementation of your own.
"use strict";
const fs = require("fs");
const path = require("path");

// --- numbers and their bits ---

const view = new DataView(new ArrayBuffer(8));

// A number has 16 digits in binary64, 8 in binary32.
function bits(x, width = 16) {
  if (Number.isNaN(x)) return width === 8 ? "7fc00000" : "7ff8000000000000";
  if (width === 8) view.setFloat32(0, x);
  else view.setFloat64(0, x);
  return (width === 8 ? BigInt(view.getUint32(0)) : view.getBigUint64(0)).toString(16).padStart(width, "0");
}

function number(digits) {
  if (digits.length === 8) view.setUint32(0, Number("0x" + digits));
  else view.setBigUint64(0, BigInt("0x" + digits));
  return digits.length === 8 ? view.getFloat32(0) : view.getFloat64(0);
}

// Section 14: each operation is rounded to the format of the files.
let round = (x) => x;

function computeIn(format = "binary64") {
  if (!["binary64", "binary32"].includes(format)) throw new Error(`${format} is not computed here`);
  round = format === "binary32" ? Math.fround : (x) => x;
}

// A matrix is an array of rows. entry: {"shape", "bits", "decimal"} of a file. The decimals beside the bits say the
// same: so a wrong bit of what is given is found too, and told from a wrong result.
function matrix(entry, place) {
  const [rows, columns] = entry.shape.length ? entry.shape : [1, 1];
  entry.bits.forEach((digits, at) => {
    const decimal = { inf: Infinity, "-inf": -Infinity, nan: NaN }[entry.decimal[at]] ?? entry.decimal[at];
    if (bits(decimal) !== bits(number(digits))) {
      const where = `${place} row ${Math.floor(at / columns)} unit ${at % columns}`;
      throw new Error(`${where}: the bits are those of ${number(digits)}, the decimal is ${entry.decimal[at]}`);
    }
  });
  const row = (i) => entry.bits.slice(i * columns, (i + 1) * columns).map(number);
  return Array.from({ length: rows }, (_, i) => row(i));
}

// --- FORMAT.md, section 3: elementary functions ---

const SHIFT = number("4338000000000000"), SPLIT = number("41a8000000000000"), LOG2E = number("3ff71547652b82fe");
const LN2_HI = number("3fe62e42fefa3800"), LN2_LO = number("3d2ef35793c76730");
const EXP = [  // EXP_12 … EXP_3
  "3e21e67138bda40c", "3e5af684e56ff335", "3e927e58ce595040", "3ec71ddf27c175f2", "3efa01a015289042",
  "3f2a01a01b263a58", "3f56c16c16c26fa0", "3f8111111110efd3", "3fa5555555555531", "3fc555555555555a",
].map(number);

function exp(x) {
  if (Number.isNaN(x)) return x;
  x = Math.min(Math.max(x, -746), 710);
  const n = (x * LOG2E + SHIFT) - SHIFT;
  const rHi = x - n * LN2_HI, rLo = n * LN2_LO;
  const high = (rHi + SPLIT) - SPLIT, low = (rHi - high) - rLo;
  const r = high + low;
  const head = high + 0.5 * high * high;
  const cube = r * r * r * EXP.reduce((sum, coefficient) => coefficient + r * sum);
  const tail = low + (low * (high + 0.5 * low) + cube);
  const half = (n * 0.5 + SHIFT) - SHIFT;
  return ((1 + head) + tail) * twoTo(half) * twoTo(n - half);
}

const twoTo = (n) => number((BigInt(n + 1023) << 52n).toString(16));  // a normal number: |n| < 1023

const sigmoid = (z) => 1 / (1 + exp(-z));  // in binary64; of another format rounded once

// --- section 4: random numbers ---

const word = (x) => BigInt.asUintN(64, x);

function mix(x) {
  x = word((x ^ (x >> 30n)) * 0xbf58476d1ce4e5b9n);
  x = word((x ^ (x >> 27n)) * 0x94d049bb133111ebn);
  return x ^ (x >> 31n);
}

const streamKey = (seed, stream) => mix(word(mix(word(BigInt(seed))) + stream));
const draw = (key, n) => mix(word(key + BigInt(n + 1) * 0x9e3779b97f4a7c15n));
const uniform = (key, n) => Number(draw(key, n) >> 11n) * number("3ca0000000000000");

function permutation(key, n) {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(uniform(key, n - 1 - i) * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

// Section 5: the initial weights of a Dense layer
function glorot(key, units, inputs) {
  const alpha = Math.sqrt(3 * (2 / (inputs + units)));
  const weight = (j, i) => (2 * alpha) * (uniform(key, j * inputs + i) + -0.5);
  return Array.from({ length: units }, (_, j) => Array.from({ length: inputs }, (_, i) => weight(j, i)));
}

// --- section 6: kernels; every sum in ascending order, from the value stated ---

function affine(x, weights, bias) {
  return x.map((row) => weights.map((unit, j) => unit.reduce((z, w, i) => round(z + round(w * row[i])), bias ? bias[0][j] : 0)));
}

const columns = (x) => x[0].map((_, j) => x.map((row) => row[j]));
const product = (a, b) => a.reduce((sum, each, i) => round(sum + round(each * b[i])), 0);
const products = (left, right) => left.map((a) => right.map((b) => product(a, b)));
const sum = (values) => values.reduce((total, each) => round(total + each), 0);
const each = (x, y, f) => x.map((row, i) => row.map((value, j) => f(value, y[i][j])));

// --- section 9: a training of Input(2), Dense(3), Sigmoid, Dense(1), Sigmoid with HalfSquaredError and SGD ---

// The values of each step by the names that the file has.
function training(run) {
  const { seed, layers } = run.network, { epochs, batch_size: size } = run.fit;
  const rounded = (x) => x.map((row) => row.map(round));
  const x = rounded(matrix(run.data.inputs, "runs/sgd.json: data.inputs"));
  const y = rounded(matrix(run.data.targets, "runs/sgd.json: data.targets"));
  const rate = run.optimizer.settings.rate.settings.rate;
  const units = [2, 3, 1], steps = [];
  const weights = [0, 1].map((k) => rounded(glorot(streamKey(seed, (1n << 32n) + BigInt(2 * k)), units[k + 1], units[k])));
  const bias = [0, 1].map((k) => [Array(units[k + 1]).fill(0)]);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = permutation(streamKey(seed, (2n << 32n) + BigInt(epoch)), x.length);
    for (let first = 0; first < x.length; first += size) {
      const rows = order.slice(first, first + size), own = { rate: [[rate]] };
      own["input.o"] = rows.map((i) => x[i]);
      own.targets = rows.map((i) => y[i]);
      for (const k of [1, 2]) {
        own[`dense${k}.weights`] = weights[k - 1];
        own[`dense${k}.bias`] = bias[k - 1];
        own[`dense${k}.z`] = affine(k === 1 ? own["input.o"] : own["sigmoid1.o"], weights[k - 1], bias[k - 1]);
        own[`sigmoid${k}.o`] = rounded(own[`dense${k}.z`].map((row) => row.map(sigmoid)));
      }
      const o = own["sigmoid2.o"], m = rows.length;
      own["loss.rows"] = each(o, own.targets, (p, q) => round(p - q))
        .map((row) => [round(0.5 * sum(row.map((e) => round(e * e))))]);
      own["loss.sum"] = [[sum(own["loss.rows"].map((row) => row[0]))]];
      own.loss = [[own["loss.sum"][0][0] / m]];  // binary64 in every format
      own["sigmoid2.delta"] = each(o, own.targets, (p, q) => round(round(p - q) / m));
      for (const k of [2, 1]) {
        own[`dense${k}.delta`] = each(own[`sigmoid${k}.o`], own[`sigmoid${k}.delta`],
                                      (p, d) => round(d * round(p * round(1 - p))));
        const delta = columns(own[`dense${k}.delta`]);
        const gradients = { weights: products(delta, columns(k === 1 ? own["input.o"] : own["sigmoid1.o"])),
                            bias: [delta.map(sum)] };
        if (k === 2) own["sigmoid1.delta"] = products(own["dense2.delta"], columns(weights[1]));
        for (const name of ["weights", "bias"]) {
          own[`dense${k}.${name}.gradient`] = gradients[name];
          own[`dense${k}.${name}.new`] = each(own[`dense${k}.${name}`], gradients[name],
                                                (w, g) => round(w - round(round(rate) * g)));
        }
      }
      for (const k of [1, 2]) [weights[k - 1], bias[k - 1]] = [own[`dense${k}.weights.new`], own[`dense${k}.bias.new`]];
      steps.push(own);
    }
  }
  return steps;
}

// --- comparing ---

let compared = 0;

// Throws a message with the place and both values if a matrix is not what the file has.
function compare(place, entry, computed) {
  if (!computed) throw new Error(`${place}: not computed here`);
  const [rows, width] = entry.shape.length ? entry.shape : [1, 1];
  if (computed.length !== rows || computed[0].length !== width || entry.bits.length !== rows * width) {
    throw new Error(`${place}: shape ${entry.shape}; computed ${computed.length},${computed[0].length}`);
  }
  matrix(entry, place);
  entry.bits.forEach((digits, at) => {
    const value = computed[Math.floor(at / width)][at % width], expected = number(digits);
    if (bits(value, digits.length) !== bits(expected, digits.length)) {
      const where = `${place} row ${Math.floor(at / width)} unit ${at % width}`;
      throw new Error(`${where}: the file has ${digits} (${expected}); computed ${bits(value, digits.length)} (${value})`);
    }
    compared++;
  });
}

const SUBJECTS = {
  exp: (given) => given("x").map((row) => row.map((x) => round(exp(x)))),
  sigmoid: (given) => given("z").map((row) => row.map((z) => round(sigmoid(z)))),
  affine: (given) => affine(given("x"), given("weights"), given("bias")),
};

function checkCall(place, name, call, format) {
  computeIn(format);
  if (!(name in SUBJECTS)) throw new Error(`${place}: ${name} is not computed here; ${Object.keys(SUBJECTS)} are`);
  const given = (name) => call.arguments[name] && matrix(call.arguments[name], `${place}.arguments.${name}`);
  compare(`${place}.results.result`, call.results.result, SUBJECTS[name](given));
}

function checkFolder(folder) {
  const read = (name) => JSON.parse(fs.readFileSync(path.join(folder, name), "utf8"));
  for (const name of ["functions/exp.json", "functions/sigmoid.json", "kernels/affine.json"]) {
    const document = read(name);
    document.calls.forEach((call, i) => checkCall(`${name}: calls[${i}]`, document.name, call, document.number));
  }
  const run = read("runs/sgd.json");
  computeIn(run.number);
  training(run).forEach((own, i) => {
    for (const [name, entry] of Object.entries(run.steps[i].values)) {
      compare(`runs/sgd.json: steps[${i}].values.${name}`, entry, own[name]);
    }
  });
}

try {
  const folder = process.argv[2];
  if (!folder) throw new Error("node check.js FOLDER, or node check.js - to read calls from standard input");
  if (folder === "-") {
    const lines = fs.readFileSync(0, "utf8").trim().split("\n").map((line) => JSON.parse(line));
    lines.forEach((call, i) => checkCall(`line ${i + 1}`, call.name, call, call.number));
  } else checkFolder(folder);
  console.log(`pass: ${compared} numbers have the same bits`);
} catch (error) {
  console.log(`differs: ${error.message}`);
  process.exitCode = 1;
}

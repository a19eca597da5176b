// What can be taken along? The program, the weights as a file, the fingerprint, and the check of the README's hash.

import { byId, copy, counted } from "./dom.js";

const MOST_BYTES = 500_000; // of a file; the largest network of this page has less than a tenth

/** Wire the footer: ask the session, show what was opened, say that it is, say why something is refused. */
export function wireFiles({ ask, opened, note, refuse }) {
  byId("copy-fingerprint").onclick = () => copy(byId("copy-fingerprint"), byId("fingerprint"));
  byId("program").onclick = async () => {
    const answer = await ask({ do: "program" });
    if (!answer) return;
    byId("program-text").textContent = answer.text;
    byId("program-dialog").showModal();
  };
  byId("program-copy").onclick = () => copy(byId("program-copy"), byId("program-text"));
  byId("program-close").onclick = () => byId("program-dialog").close();
  byId("save").onclick = async () => {
    const answer = await ask({ do: "save" });
    if (answer) download(answer.name, bytesOf(answer.text));
  };
  byId("open-file").onchange = async ({ target }) => {
    const [file] = target.files;
    if (!file) return;
    if (file.size > MOST_BYTES) {
      const [size, most] = [file.size, MOST_BYTES].map((bytes) => bytes.toLocaleString("en"));
      refuse(`“${file.name}” cannot be opened: it has ${size} bytes, a file that this page saves has at most ${most}.`);
      return;
    }
    const text = textOf(new Uint8Array(await file.arrayBuffer()));
    const answer = await ask({ do: "load", text, name: file.name });
    target.value = ""; // the same file can be opened again
    if (!answer) return;
    opened(answer);
    note(`“${file.name}” is open, after ${counted(answer.state.epoch, "epoch")}.`);
  };
  byId("check").onclick = () => check(ask);
}

/** Train the canonical network here, and hold its fingerprint beside the one that the README prints. */
async function check(ask) {
  const text = byId("check-text"), progress = byId("check-progress"), hashes = byId("check-hashes");
  byId("check").disabled = true;
  byId("check-result").hidden = false;
  hashes.hidden = true;
  progress.hidden = false;
  progress.removeAttribute("value");
  text.textContent = "Training the README’s network from scratch, 45 epochs with three optimizers …";
  const answer = await ask({ do: "check" }, (share) => { progress.value = share; });
  byId("check").disabled = false;
  progress.hidden = true;
  byId("check-result").hidden = !answer;
  if (!answer) return;
  text.textContent = answer.right ? "The same, to the last bit:"
    : "They differ: some operation was done otherwise here.";
  byId("check-computed").textContent = answer.fingerprint;
  byId("check-published").textContent = answer.published;
  hashes.hidden = false;
}

function download(name, bytes) {
  const address = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

function textOf(bytes) {
  let letters = "";
  for (let start = 0; start < bytes.length; start += 8192) {
    letters += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return btoa(letters);
}

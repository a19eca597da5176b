// How does Python run in a page? Pyodide in a worker, with the folder refnet/ as a zip; no server takes part.

import { loadPyodide } from "./pyodide/pyodide.mjs";

const PROGRAM = `
import json, sys
sys.path.insert(0, "/refnet.zip")
from refnet.play import Session

session = Session()

def answer(text, tell):
    try:
        return json.dumps(session.answer(json.loads(text), tell), allow_nan=False)
    except Exception as error:
        return json.dumps({"error": f"{type(error).__name__}: {error}"})

answer
`;

let read = 0; // bytes, of Python and of refnet

/** Every file is fetched as always, and counted on its way. */
const fetchQuietly = self.fetch.bind(self);
self.fetch = async (...request) => {
  const response = await fetchQuietly(...request);
  if (!response.ok || !response.body) return response;
  const counted = response.body.pipeThrough(new TransformStream({
    transform(piece, controller) {
      read += piece.length;
      postMessage({ loading: { text: "Loading Python", bytes: read } });
      controller.enqueue(piece);
    },
  }));
  return new Response(counted, { status: response.status, headers: response.headers });
};

async function file(name) {
  const response = await fetch(new URL(name, import.meta.url));
  if (!response.ok) throw new Error(`${name} answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function start() {
  const [python, refnet] = await Promise.all([loadPyodide(), file("refnet.zip")]);
  postMessage({ loading: { text: "Starting refnet", bytes: read } });
  python.FS.writeFile("/refnet.zip", refnet);
  return python.runPython(PROGRAM);
}

const started = start();
started.catch((error) => postMessage({ failed: `Python could not be started in this browser. ${error.message}` }));

self.onmessage = async ({ data }) => {
  const answer = await started.catch(() => null);
  if (answer) postMessage({ answer: JSON.parse(answer(JSON.stringify(data), (share) => postMessage({ share }))) });
};

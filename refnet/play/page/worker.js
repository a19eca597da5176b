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

const fail = (words) => postMessage({ failed: `Python could not be started in this browser: ${words}` });

/** Every file is fetched as always, and counted on its way. For one that is missing Pyodide would wait for ever. */
const fetchAsAlways = self.fetch.bind(self);
self.fetch = async (...request) => {
  const response = await fetchAsAlways(...request);
  if (!response.ok) fail(`${response.url} answered ${response.status}`);
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

const SMALLEST_MODULE = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);

async function start() {
  await WebAssembly.compile(SMALLEST_MODULE); // fails where it is forbidden; Pyodide would wait for ever
  const [python, refnet] = await Promise.all([loadPyodide(), fetch(new URL("refnet.zip", import.meta.url))]);
  postMessage({ loading: { text: "Starting refnet", bytes: read } });
  python.FS.writeFile("/refnet.zip", new Uint8Array(await refnet.arrayBuffer()));
  return python.runPython(PROGRAM);
}

const started = start();
started.catch((error) => fail(error.message));

self.onmessage = async ({ data }) => {
  const answer = await started.catch(() => null);
  if (answer) postMessage({ answer: JSON.parse(answer(JSON.stringify(data), (share) => postMessage({ share }))) });
};

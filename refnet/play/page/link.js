// Who answers? The server of refnet play, or Python in a worker of this page. Both take one request at a time.

/** A request that the session refuses, in its own words, for people where it has such; nothing has changed. */
export class Refusal extends Error {}

/**
 * A function ask(request, tell) that resolves to the session's answer, one request after the other; ask.idle() resolves
 * when the one under way is answered, and ask.where says in words who answers.
 * An address with a token is that of a server; without one Python is loaded here, and `loading` hears how far it is.
 */
export function connect(loading) {
  const token = new URLSearchParams(location.search).get("token");
  const send = token === null ? throughWorker(loading) : throughServer(token);
  let last = Promise.resolve();
  const ask = (request, tell) => {
    const answer = last.then(() => send(request, tell)).then((found) => {
      if (found.error !== undefined) throw new Refusal(found.words ?? found.error);
      return found;
    });
    last = answer.catch(() => {});
    return answer;
  };
  const where = token === null ? "in this browser by Pyodide (MPL 2.0, pyodide.org)" : "on this machine";
  return Object.assign(ask, { idle: () => last, where });
}

function throughServer(token) {
  return async (request) => {
    let response;
    try {
      response = await fetch("answer", {
        method: "POST", headers: { "Content-Type": "application/json", "X-Refnet-Token": token },
        body: JSON.stringify(request), cache: "no-store",
      });
    } catch {
      throw new Error("The server does not answer any more. Start refnet play again and open the address it prints.");
    }
    const text = await response.text();
    try {
      return JSON.parse(text);
    } catch {
      throw new Error(`The server answered ${response.status}: ${text.trim().slice(0, 300)}`);
    }
  };
}

function throughWorker(loading) {
  const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  let waiting = null; // the one request under way: resolve, reject, tell
  let broken = null; // why Python cannot be loaded
  const fail = (words) => {
    broken = new Error(words);
    waiting?.reject(broken);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    fail(`Python could not be started in this browser${event.message ? `: ${event.message}` : ""}. ` +
         "It needs WebAssembly and module workers; refnet play on your own machine needs neither.");
  };
  worker.onmessage = ({ data }) => {
    if (data.failed !== undefined) fail(data.failed);
    else if (data.loading !== undefined) loading(data.loading);
    else if (data.share !== undefined) waiting?.tell?.(data.share);
    else waiting?.resolve(data.answer);
  };
  return (request, tell) => new Promise((resolve, reject) => {
    waiting = { resolve, reject, tell };
    if (broken) reject(broken);
    else worker.postMessage(request);
  });
}

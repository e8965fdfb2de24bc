/** Python, in a thread of its own, so that the page answers whatever a cell does. */

import type { PyodideInterface } from "pyodide";

import type { File, FromWorker, Live, ToWorker } from "./protocol";
import runner from "./runner.py";

declare const loadPyodide: (options: object) => Promise<PyodideInterface>;
declare function importScripts(address: string): void;

/** A page gives Python 1 GB, counted in pages of 64 KB. */
const PAGES = 16384;

const tell = (message: FromWorker): void => self.postMessage(message);
const download = self.fetch.bind(self);
const contents = new Map<string, Uint8Array<ArrayBuffer>>();
let base = "";
let loaded = 0;
let total = 0;

/** Fetch the bytes of a file, count them, and compare their hash with the one of the build. */
async function verified(file: File): Promise<Uint8Array<ArrayBuffer>> {
  // An address changes with its content, so an old copy in a cache is never taken.
  const address = new URL(`${file.file}?${encodeURIComponent(file.integrity.slice(7, 19))}`, base);
  // Without a secure origin there is no crypto.subtle, and the browser compares by itself.
  const own = typeof crypto.subtle === "object";
  let answer: Response;
  try {
    answer = await download(address, own ? {} : { integrity: file.integrity });
  } catch {
    throw new Error(`${file.file} cannot be loaded, or is not the one that the book names. Is there a network?`);
  }
  if (!answer.ok || !answer.body) throw new Error(`${file.file} is missing on the server (${answer.status}).`);
  const bytes = new Uint8Array(file.bytes);
  let length = 0;
  const reader = answer.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (length + part.value.length > file.bytes) break;
    bytes.set(part.value, length);
    length += part.value.length;
    loaded += part.value.length;
    tell({ kind: "progress", loaded, total });
  }
  let right = length === file.bytes;
  if (right && own) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    right = `sha256-${btoa(String.fromCharCode(...digest))}` === file.integrity;
  }
  if (!right) throw new Error(`${file.file} is refused: it is not the file that the book was built with.`);
  return bytes;
}

async function unpacked(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function fetchAll(files: File[]): Promise<void> {
  loaded = 0;
  total = files.reduce((sum, file) => sum + file.bytes, 0);
  await Promise.all(
    files.map(async (file) => {
      const bytes = await verified(file);
      contents.set(file.name, file.file.endsWith(".packed") ? await unpacked(bytes) : bytes);
    }),
  );
}

function take(name: string): Uint8Array<ArrayBuffer> {
  const bytes = contents.get(name);
  if (!bytes) throw new Error(`${name} is not among the files of the book`);
  contents.delete(name);
  return bytes;
}

/** Whatever Pyodide asks for has been fetched and verified before; nothing else is asked for. */
self.fetch = async (input: RequestInfo | URL): Promise<Response> => {
  const address = input instanceof Request ? input.url : String(input);
  const name = new URL(address, base).pathname.split("/").pop() ?? "";
  const type = name.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
  return new Response(take(name), { headers: { "Content-Type": type } });
};

function script(name: string): void {
  const address = URL.createObjectURL(new Blob([take(name)], { type: "text/javascript" }));
  importScripts(address);
  URL.revokeObjectURL(address);
}

/** Bound the memory: what asks for more gets Python's own MemoryError. */
function bound(): void {
  const Memory = WebAssembly.Memory;
  WebAssembly.Memory = class extends Memory {
    constructor(wanted: WebAssembly.MemoryDescriptor) {
      super({ ...wanted, maximum: PAGES });
    }
  };
}

interface Runner {
  run(number: number, source: string): boolean;
  needs_drawing(source: string): boolean;
  destroy(): void;
}
interface Module {
  asked(module: string, name: string, args: string): string;
  started(send: (type: string, text: string) => void, name: string): Runner;
}

let python: PyodideInterface;
let module: Module;
let cells: Runner;
let live: Live;
let drawing = false;

const send = (type: string, text: string): void => tell({ kind: "output", type, text });

async function start(): Promise<void> {
  await fetchAll([...live.core, ...live.book]);
  tell({ kind: "starting" });
  bound();
  script("pyodide.js");
  script("pyodide.asm.js");
  const site = "/lib/python3.12/site-packages";
  python = await loadPyodide({
    indexURL: base,
    env: { PROOFREAD_BOOK: `${site}/${live.package}/_book`, MPLBACKEND: "agg" },
  });
  await python.loadPackage("numpy", { messageCallback: () => {} });
  for (const name of ["packages.zip", ...live.book.map((file) => file.name)]) {
    python.unpackArchive(take(name), "zip", { extractDir: site });
  }
  python.FS.writeFile(`${site}/runner.py`, runner);
  module = python.pyimport("runner") as Module;
  cells = module.started(send, live.package);
  tell({ kind: "ready" });
}

async function run(number: number, source: string): Promise<void> {
  if (!drawing && cells.needs_drawing(source)) {
    await fetchAll(live.figures);
    await python.loadPackage("matplotlib", { messageCallback: () => {} });
    drawing = true;
  }
  tell({ kind: "running" });
  tell({ kind: "ended", well: cells.run(number, source) });
}

/** Call a function; if it raises, the error is the answer. */
function answer({ module: file, name, args }: ToWorker & { kind: "ask" }): void {
  tell({ kind: "running" });
  let text = "";
  try {
    text = module.asked(file, name, args);
  } catch (error) {
    if (!(error instanceof python.ffi.PythonError)) throw error;
    const last = error.message.trim().split("\n").at(-1) ?? "";
    tell({ kind: "answer", well: false, text: last });
    return;
  }
  tell({ kind: "answer", well: true, text });
}

self.onmessage = async ({ data }: MessageEvent<ToWorker>): Promise<void> => {
  try {
    if (data.kind === "start") {
      ({ live, base } = data);
      await start();
    } else if (data.kind === "run") {
      await run(data.number, data.source);
    } else if (data.kind === "ask") {
      answer(data);
    } else {
      cells.destroy();
      cells = module.started(send, live.package);
    }
  } catch (error) {
    // Python itself is gone, for instance after too deep a recursion, or a file is missing.
    tell({ kind: "broken", reason: error instanceof Error ? error.message : String(error) });
  }
};

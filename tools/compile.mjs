// Prepare verified archives for a page: `node compile.mjs FROM TO`, called by live.py.
//
// The archives hold the text of the modules, which a page would have to compile at every visit. Here
// this very Pyodide compiles those that every chapter imports. What no page uses stays out, and the
// rest stays text, which is smaller. Nothing is packed: live.py packs each archive as a whole, and a
// browser unpacks that much faster than Python unpacks single files.

import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [from, to] = process.argv.slice(2).map((path) => resolve(path));
const { loadPyodide } = await import(pathToFileURL(`${from}/pyodide.mjs`).href);
const python = await loadPyodide({ indexURL: `${from}/` });
const archives = readdirSync(from).filter((name) => /\.(whl|zip)$/.test(name));
for (const name of archives.filter((name) => !name.startsWith("python_stdlib"))) {
  python.unpackArchive(new Uint8Array(readFileSync(`${from}/${name}`)), "zip", {
    extractDir: "/lib/python3.12/site-packages",
  });
}
python.mountNodeFS("/from", from);
python.mountNodeFS("/to", to);
python.globals.set("archives", python.toPy(archives));
python.runPython(readFileSync(new URL("compile.py", import.meta.url), "utf8"));

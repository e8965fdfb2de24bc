/** What the page, the worker and the build say to each other. */

/** A file of the runtime: the address below the folder of `live.json`, its size and its hash. */
export interface File {
  name: string;
  file: string;
  bytes: number;
  integrity: string;
}

/** What the build publishes beside the runtime, as `live.json`. */
export interface Live {
  version: string;
  /** The package of the book: its text lies inside it. */
  package: string;
  worker: string;
  /** The script through which other scripts of a page ask Python. */
  ask: string;
  core: File[];
  book: File[];
  figures: File[];
  /** From a label to the number and the address of an equation. */
  equations: Record<string, [string, string]>;
  /** From a name in the code to its address. */
  names: Record<string, string>;
  /** From a colour of the figures to its name. */
  colours: Record<string, string>;
}

/** One output: text that was printed, a value in each of its forms, or an error. */
export type Item =
  | { kind: "stdout" | "stderr" | "error" | "cut"; text: string }
  | { kind: "show"; data: Record<string, string> };

/** A code cell as the book has it. */
export interface BookCell {
  index: number;
  source: string;
  /** Why another output than the stored one is right in a browser. */
  differs: boolean;
  outputs: Item[];
}

export type ToWorker =
  | { kind: "start"; live: Live; base: string }
  | { kind: "run"; number: number; source: string }
  | { kind: "ask"; module: string; name: string; args: string }
  | { kind: "fresh" };

export type FromWorker =
  | { kind: "progress"; loaded: number; total: number }
  | { kind: "starting" | "ready" | "running" }
  | { kind: "output"; type: string; text: string }
  | { kind: "ended"; well: boolean }
  /** What a function has returned, as JSON, or how it failed. */
  | { kind: "answer"; well: boolean; text: string }
  | { kind: "broken"; reason: string };

/** One Python for one page: started when first needed, ended at any time, started anew. */

import type { FromWorker, Item, Live, ToWorker } from "./protocol";

/** How a cell ended. */
export type Ending = "well" | "failed" | "stopped" | "broken";

/** What a running cell tells: how far the runtime has come, and its outputs so far. */
export interface Watcher {
  progress(text: string): void;
  output(items: Item[]): void;
  /** The line of the cell that raised. */
  line(number: number): void;
}

/** What came of a question: a value, or the reason why there is none. */
export type Answer =
  | { kind: "value"; value: unknown }
  /** The function raised; it took too long; a reader stopped it; Python is not there. */
  | { kind: "failed" | "late" | "stopped" | "broken"; reason: string };

const MB = 1e6;

/** Add an output to a list, as a notebook joins them. */
export function add(items: Item[], type: string, text: string): void {
  const last = items.at(-1);
  if (type === "show") items.push({ kind: "show", data: {} });
  else if (type.includes("/")) {
    if (last?.kind === "show") last.data[type] = text;
  } else if (type === "stdout" || type === "stderr") {
    if (last?.kind === type) last.text += text;
    else items.push({ kind: type, text });
  } else if (type === "error" || type === "cut") items.push({ kind: type, text });
}

export class Session {
  /** Why Python is not there, if it broke. */
  reason = "";
  private worker: Worker | null = null;
  private live: Promise<Live> | null = null;
  private ready: Promise<void> | null = null;
  private hear: (message: FromWorker) => void = () => {};
  private end: (ending: Ending) => void = () => {};
  private watcher: Watcher | null = null;
  private asked: Promise<unknown> = Promise.resolve();

  constructor(private readonly base: URL) {}

  /** Return what the build published, fetched once. */
  published(): Promise<Live> {
    this.live ??= this.fetchLive().catch((error: unknown) => {
      this.live = null;
      throw error;
    });
    return this.live;
  }

  private async fetchLive(): Promise<Live> {
    const answer = await fetch(new URL("live.json", this.base), { cache: "no-cache" });
    if (!answer.ok) throw new Error(`live.json is missing on the server (${answer.status}).`);
    return (await answer.json()) as Live;
  }

  private say(message: ToWorker): void {
    this.worker?.postMessage(message);
  }

  /** Start Python, unless it runs or starts already. */
  start(): Promise<void> {
    this.ready ??= this.begin();
    return this.ready;
  }

  private async begin(): Promise<void> {
    const live = await this.published();
    const worker = new Worker(new URL(live.worker, this.base));
    this.worker = worker;
    await new Promise<void>((done, fail) => {
      worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
        if (data.kind === "ready") done();
        else if (data.kind === "broken") fail(new Error(data.reason));
        else this.tellProgress(data);
        this.hear(data);
      };
      worker.onerror = (event) => {
        fail(new Error(event.message || "the worker does not start"));
        this.hear({ kind: "broken", reason: event.message });
      };
      this.say({ kind: "start", live, base: this.base.href });
    });
  }

  private tellProgress(data: FromWorker): void {
    if (data.kind === "progress") {
      const [loaded, total] = [data.loaded / MB, data.total / MB];
      this.watcher?.progress(`loading ${loaded.toFixed(1)} of ${total.toFixed(1)} MB`);
    } else if (data.kind === "starting") this.watcher?.progress("starting Python");
  }

  /** Run one cell, and return how it ended. */
  async run(number: number, source: string, watcher: Watcher): Promise<Ending> {
    const items: Item[] = [];
    const ending = new Promise<Ending>((done) => (this.end = done));
    this.watcher = watcher;
    this.hear = (data) => {
      if (data.kind === "running") watcher.progress("running");
      else if (data.kind === "ended") this.end(data.well ? "well" : "failed");
      else if (data.kind === "broken") this.lose(data.reason);
      else if (data.kind === "output" && data.type === "line") watcher.line(Number(data.text));
      else if (data.kind === "output") {
        add(items, data.type, data.text);
        watcher.output(items);
      }
    };
    this.start().then(
      () => this.say({ kind: "run", number, source }),
      (error: unknown) => this.lose(error instanceof Error ? error.message : String(error)),
    );
    return ending;
  }

  /**
   * Have Python call a function of a module, and return what it returns.
   *
   * Arguments and value are what JSON can hold. The time counts from the call, not from the click
   * that loads Python; a call that takes longer is ended, with all that this Python knows.
   */
  ask(module: string, name: string, args: unknown[], seconds: number, progress: (text: string) => void): Promise<Answer> {
    const text = JSON.stringify(args);
    const turn = this.asked.then(() => this.call(module, name, text, seconds, progress));
    this.asked = turn;
    return turn;
  }

  private async call(
    module: string,
    name: string,
    args: string,
    seconds: number,
    progress: (text: string) => void,
  ): Promise<Answer> {
    let timer = 0;
    let answer: Answer | null = null;
    const ending = new Promise<Ending>((done) => (this.end = done));
    this.watcher = { progress, output: () => {}, line: () => {} };
    this.hear = (data) => {
      if (data.kind === "running") {
        progress("running");
        timer = window.setTimeout(() => {
          answer = { kind: "late", reason: `it took more than ${seconds} s` };
          this.stop();
        }, seconds * 1000);
      } else if (data.kind === "answer") {
        answer = data.well
          ? { kind: "value", value: JSON.parse(data.text) as unknown }
          : { kind: "failed", reason: data.text };
        this.end("well");
      } else if (data.kind === "broken") this.lose(data.reason);
    };
    this.start().then(
      () => this.say({ kind: "ask", module, name, args }),
      (error: unknown) => this.lose(error instanceof Error ? error.message : String(error)),
    );
    const ended = await ending;
    clearTimeout(timer);
    if (answer) return answer;
    return ended === "broken" ? { kind: "broken", reason: this.reason } : { kind: "stopped", reason: "" };
  }

  /** Forget all names that cells have made. */
  fresh(): void {
    if (this.worker) this.say({ kind: "fresh" });
  }

  private lose(reason: string): void {
    this.reason = reason;
    this.close();
    this.end("broken");
  }

  private close(): void {
    this.worker?.terminate();
    this.worker = this.ready = null;
    this.hear = () => {};
    this.watcher = null;
  }

  /** End whatever runs, and begin a new Python, so that it is there when it is next asked for. */
  stop(): void {
    this.close();
    this.end("stopped");
    this.start().catch(() => {
      this.ready = null;
    });
  }
}

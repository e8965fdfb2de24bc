/** The cells of one chapter: what each says, and in which order they run. */

import type { Editor } from "./editor";
import css from "./live.css";
import type { BookCell, Item, Live } from "./protocol";
import { Session, type Ending } from "./session";
import { draws, element, same, shown } from "./show";

const base = new URL("./", import.meta.url);
const root = new URL("../../", base);
const top = document.querySelector<HTMLElement>(".live[data-cells]");
const kept = `cells:${location.pathname}`;
const session = new Session(base);
const status = element("p", "", { role: "status", class: "unseen" });

function say(text: string): void {
  status.textContent = text;
}

function button(text: string, act: () => void): HTMLButtonElement {
  const made = element("button", text, { type: "button" });
  made.addEventListener("click", act);
  return made;
}

/** What a reader changed: the book's own text of a cell, and the reader's. */
type Changes = Record<string, string>;

function changes(): Changes {
  try {
    return JSON.parse(localStorage.getItem(kept) ?? "{}") as Changes;
  } catch {
    return {};
  }
}

function keep(all: Changes): void {
  try {
    if (Object.keys(all).length) localStorage.setItem(kept, JSON.stringify(all));
    else localStorage.removeItem(kept);
  } catch {
    // A browser that stores nothing forgets the changes.
  }
}

class Cell {
  /** The code that last ran, or null. */
  ran: string | null = null;
  /** What the code reads now. */
  text: string;
  editor: Editor | null = null;
  private readonly run: HTMLButtonElement | null;
  private readonly stop = button("Stop", () => chapter.stop());
  private readonly reset = button("Reset", () => this.back());
  private readonly verdict = element("span", "", { class: "verdict" });
  private readonly live = element("div", "", { class: "cell-live", role: "group", "aria-label": "Output of this run" });
  private readonly frame = element("div", "", { class: "cell-editor" });
  private readonly box: HTMLElement | null;
  private readonly code: HTMLElement | null;
  private readonly printed: HTMLElement | null;

  constructor(
    readonly book: BookCell,
    readonly bar: HTMLElement | null,
  ) {
    this.text = book.source;
    this.box = bar?.closest(".cell") ?? null;
    this.code = this.box?.querySelector(".cell_input .highlight") ?? null;
    this.printed = this.box?.querySelector(":scope > .cell_output") ?? null;
    this.run = bar?.querySelector("button") ?? null;
    const pen = button("Edit", () => void this.open(true));
    bar?.append(this.stop, pen, this.reset, this.verdict);
    this.stop.hidden = this.reset.hidden = true;
    (this.printed ?? bar)?.after(this.live);
    this.live.hidden = true;
  }

  get edited(): boolean {
    return this.text !== this.book.source;
  }

  /** Whether the code that the reader sees has run. */
  get done(): boolean {
    return this.ran === this.text;
  }

  /** Say in one line how it stands with the cell. */
  note(text: string): void {
    this.verdict.textContent = text;
  }

  /** Show that the cell runs or waits, or that it does not. */
  busy(on: boolean): void {
    // A button that goes does not take the focus along.
    if (!on && document.activeElement === this.stop) this.run?.focus();
    this.stop.hidden = !on;
    if (!this.run) return;
    // What has the focus keeps it.
    this.run.setAttribute("aria-disabled", String(on));
  }

  /** Turn the code into an editor. */
  async open(focus: boolean, point?: [number, number]): Promise<void> {
    if (!this.code) return;
    if (!this.editor) {
      const { edit } = await import("./editor");
      if (this.editor) return;
      this.editor = edit(this.text, {
        change: (text) => this.change(text),
        run: () => chapter.ask(this),
        leave: () => this.run?.focus(),
      });
      this.frame.append(this.editor.dom);
      this.code.before(this.frame);
      this.code.classList.add("replaced");
    }
    this.code.closest("details")?.setAttribute("open", "");
    if (point) this.editor.point(...point);
    if (focus) this.editor.focus();
  }

  private change(text: string): void {
    this.text = text;
    this.reset.hidden = !this.edited;
    this.note(this.edited ? "edited" : "");
    chapter.keep();
  }

  /** Take up what the reader wrote at another time. */
  async restore(text: string): Promise<void> {
    this.text = text;
    this.reset.hidden = !this.edited;
    await this.open(false);
    this.note("edited, kept from before");
  }

  /** Go back to what the book has. */
  back(): void {
    this.text = this.book.source;
    this.editor?.destroy();
    this.editor = null;
    this.frame.remove();
    this.code?.classList.remove("replaced");
    this.reset.hidden = true;
    this.clear();
    chapter.keep();
    if (this.bar?.contains(document.activeElement) || document.activeElement === document.body) this.run?.focus();
  }

  /** Forget what a run has shown. */
  clear(): void {
    this.note("");
    this.busy(false);
    this.live.replaceChildren();
    this.live.hidden = true;
    this.printed?.classList.remove("replaced");
    this.editor?.mark(null);
  }

  /** Show outputs in place of the printed ones. */
  show(items: Item[], asPrinted: boolean, live: Live): void {
    this.live.replaceChildren(...shown(items, this.printed, asPrinted, live, root));
    this.live.hidden = !this.live.childElementCount;
    this.printed?.classList.add("replaced");
    for (const box of this.live.querySelectorAll("pre")) {
      // What scrolls must be reachable by keyboard.
      if (box.scrollWidth <= box.clientWidth && box.scrollHeight <= box.clientHeight) continue;
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", "Output, scrolls");
    }
  }

  /** Show what a finished run gave, and compare it with what is printed. */
  judge(items: Item[], ending: Ending, again: boolean, altered: boolean, live: Live): string {
    const equal = ending === "well" && same(items, this.book.outputs);
    this.show(items, equal, live);
    if (!equal && this.printed) this.live.append(this.asPrinted());
    const parts: string[] = [];
    if (this.edited) parts.push(equal ? "edited: same as printed" : "edited: not as printed");
    else parts.push(equal ? "same as printed" : "differs from what is printed");
    if (equal && !items.length) parts.push("no output");
    if (equal && draws(items)) parts.push("figure drawn anew");
    if (ending === "failed") parts.push("an error ended it");
    if (!equal && !this.edited) {
      if (this.book.differs) parts.push("as it must in a browser, see the text");
      else if (altered) parts.push("code above is edited");
      else if (again) parts.push("it ran before; Restart begins anew");
    }
    const [first, ...rest] = parts;
    const words = rest.length ? `${first} (${rest.join("; ")})` : (first ?? "");
    this.note(words);
    return words;
  }

  /** Return what the book has printed, folded. */
  private asPrinted(): HTMLElement {
    const box = element("details");
    const copy = this.printed?.cloneNode(true) as HTMLElement;
    copy.classList.remove("replaced");
    for (const inside of copy.querySelectorAll("[id]:not(svg *)")) inside.removeAttribute("id");
    box.append(element("summary", "As printed"), ...copy.children);
    return box;
  }
}

class Chapter {
  private cells: Cell[] = [];
  private queue: Cell[] = [];
  private running: Cell | null = null;
  private readonly forget = button("Forget my changes", () => this.forgetAll());
  private readonly note = element("span", "", { class: "verdict" });

  /** Read the cells of the chapter, and what the reader changed in them before. */
  async open(): Promise<void> {
    if (!top) throw new Error("this page has no cells");
    document.head.append(element("style", css));
    document.body.append(status);
    const [runAll, restart] = top.querySelectorAll("button");
    runAll?.addEventListener("click", () => this.runAll());
    restart?.addEventListener("click", () => this.restart());
    top.append(this.forget, this.note);
    const answer = await fetch(new URL(`cells/${top.dataset.cells}.json`, base), { cache: "no-cache" });
    if (!answer.ok) throw new Error(`the cells of this page are missing on the server (${answer.status})`);
    for (const book of (await answer.json()) as BookCell[]) {
      const bar = document.querySelector<HTMLElement>(`.live[data-cell="${book.index}"]`);
      const cell = new Cell(book, bar);
      this.cells.push(cell);
      bar?.querySelector("button")?.addEventListener("click", () => this.ask(cell));
      bar?.closest(".cell")?.querySelector(".cell_input .highlight")?.addEventListener("click", (event) => {
        if (event instanceof MouseEvent) this.touch(cell, event);
      });
    }
    const stored = changes();
    await Promise.all(
      this.cells.map((cell) => {
        const text = cell.bar && stored[cell.book.source];
        return text ? cell.restore(text) : undefined;
      }),
    );
    this.forget.hidden = !Object.keys(stored).length;
  }

  private touch(cell: Cell, event: MouseEvent): void {
    // A click that marks text, or a button on the code, is no wish to edit.
    if (String(getSelection()) || (event.target as Element).closest("button")) return;
    void cell.open(true, [event.clientX, event.clientY]);
  }

  /** Do what the first click on the page asked for. */
  first(place: Element, event: Event): void {
    const cell = this.cells.find((one) => one.bar?.closest(".cell")?.contains(place));
    if (!cell) (place.matches(".live button:first-of-type") ? () => this.runAll() : () => this.restart())();
    else if (place.matches("button")) this.ask(cell);
    else if (event instanceof MouseEvent) void cell.open(true, [event.clientX, event.clientY]);
  }

  /** Keep the changes of the reader on this device. */
  keep(): void {
    const all = changes();
    for (const cell of this.cells) {
      if (cell.edited) all[cell.book.source] = cell.text;
      else delete all[cell.book.source];
    }
    keep(all);
    this.forget.hidden = !Object.keys(all).length;
  }

  private forgetAll(): void {
    keep({});
    for (const cell of this.cells) if (cell.edited || cell.editor) cell.back();
    keep({});
    this.forget.hidden = true;
    say("Your changes on this page are forgotten.");
  }

  /** Run a cell, and before it those above it that have not run. */
  ask(cell: Cell): void {
    if (this.queue.includes(cell) || this.running === cell) return;
    const above = this.cells.slice(0, this.cells.indexOf(cell));
    const missing = above.filter((one) => !one.done && one !== this.running && !this.queue.includes(one));
    const count = missing.length;
    if (count) cell.note(`${count} ${count > 1 ? "cells" : "cell"} above first`);
    this.push([...missing, cell], cell);
  }

  private runAll(): void {
    if (this.running) return;
    if (this.cells.some((cell) => cell.ran !== null)) session.fresh();
    for (const cell of this.cells) {
      cell.ran = null;
      cell.clear();
    }
    this.push(this.cells, null);
  }

  private restart(): void {
    this.stop();
    for (const cell of this.cells) cell.clear();
    say("Python starts anew. No cell has run.");
  }

  /** End whatever runs. All that cells have made is gone. */
  stop(): void {
    const stopped = this.running;
    this.queue = [];
    for (const cell of this.cells) {
      cell.ran = null;
      cell.busy(false);
    }
    session.stop();
    if (stopped) say("Stopped. Python starts anew.");
  }

  private push(cells: Cell[], asked: Cell | null): void {
    for (const cell of cells) cell.busy(true);
    this.queue.push(...cells);
    if (!this.running) void this.drain(asked);
  }

  private async drain(asked: Cell | null): Promise<void> {
    let words = "";
    for (let cell = this.queue.shift(); cell; cell = this.queue.shift()) {
      this.running = cell;
      const head = asked && this.queue.includes(asked) ? asked : cell;
      const ending = await this.runOne(cell, head, (said) => (words = said));
      this.running = null;
      if (ending !== "well" && !(cell.book.differs && ending === "failed")) {
        for (const waiting of this.queue) {
          waiting.busy(false);
          waiting.note(ending === "stopped" ? "" : "not run: a cell above has failed");
        }
        this.queue = [];
      }
    }
    say(words);
  }

  private async runOne(cell: Cell, head: Cell, said: (words: string) => void): Promise<Ending> {
    const again = cell.ran !== null;
    const { text } = cell;
    const place = cell.bar ? cell : head;
    const begun = performance.now();
    let last = "";
    let latest: Item[] = [];
    let raised: number | null = null;
    let timer = 0;
    let live: Live;
    cell.editor?.mark(null);
    try {
      live = await session.published();
    } catch (error) {
      return this.missing(cell, error instanceof Error ? error.message : String(error), said);
    }
    const ending = await session.run(cell.book.index, text, {
      progress: (words) => {
        const now = head === cell ? words : `${words} (cells above first)`;
        head.note(now);
        // Megabytes are for the eye; a voice hears each state once.
        const state = words.startsWith("loading") ? "Loading Python" : words;
        if (state !== last && words !== "running") say(state);
        last = state;
      },
      output: (items) => {
        latest = items;
        if (timer) return;
        // A cell that is quick shows its output once, at its end. One that is slow may have said all it
        // has to say at once.
        timer = window.setTimeout(() => {
          timer = 0;
          if (this.running === cell) cell.show(latest, false, live);
        }, Math.max(200, 500 - (performance.now() - begun)));
      },
      line: (number) => (raised = number),
    });
    clearTimeout(timer);
    cell.busy(false);
    if (ending === "broken") return this.missing(cell, session.reason, said);
    if (ending === "stopped") {
      cell.show(latest, false, live);
      cell.note("stopped; what cells have made is gone");
      return ending;
    }
    cell.ran = text;
    const altered = this.cells.slice(0, this.cells.indexOf(cell)).some((one) => one.edited);
    said(cell.judge(latest, ending, again, altered, live));
    if (raised !== null && place === cell) {
      await cell.open(false);
      cell.editor?.mark(raised);
    }
    return ending;
  }

  private missing(cell: Cell, reason: string, said: (words: string) => void): Ending {
    for (const one of this.cells) one.ran = null;
    cell.busy(false);
    cell.note(`Python is not there: ${reason}`);
    said(`Python is not there: ${reason}`);
    return "broken";
  }
}

const chapter = new Chapter();
const opened = chapter.open();

/** Begin with what the reader asked for first, or with what was changed before. */
export async function begin(place: Element | null, event: Event | null): Promise<void> {
  await opened;
  if (place && event) chapter.first(place, event);
}

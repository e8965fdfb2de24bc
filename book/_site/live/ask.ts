/**
 * Ask Python from another script of the page.
 *
 *     const { ask, stop } = await import(address);  // the `ask` of live.json, in the folder of this
 *     const answer = await ask("bp.equations", "…", [1, 2], { seconds: 5, progress: say });
 *     if (answer.kind === "value") use(answer.value); else say(answer.reason);
 *
 * These questions have a Python of their own, so that a time limit or a stop never costs a reader
 * what the cells have made. It is loaded by the first question. Questions are answered in turn.
 */

import { Session, type Answer } from "./session";

const session = new Session(new URL("./", import.meta.url));

export interface Limits {
  /** How long the call may take, once Python is there. */
  seconds?: number;
  /** Hears what Python does: "loading 1.0 of 9.4 MB", "starting Python", "running". */
  progress?: (text: string) => void;
}

/** Call a function of a module with arguments, and return its value, all as JSON can hold it. */
export function ask(module: string, name: string, args: unknown[], limits: Limits = {}): Promise<Answer> {
  return session.ask(module, name, args, limits.seconds ?? 10, limits.progress ?? (() => {}));
}

/** End the question that is being answered; the next one begins with a fresh Python. */
export function stop(): void {
  session.stop();
}

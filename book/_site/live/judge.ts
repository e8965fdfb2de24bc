/** Asks Python what it says of an answer. A Python of its own, so that no cell can change it. */

import { Session } from "./session";
import type { Item } from "./protocol";

/** Seconds that an answer may run. */
const LIMIT = 20;

let session: Session | null = null;

export interface Judgement {
  verdict: string;
  reason: string;
}

/** Return what `bp.answers` says of an answer; `tell` hears how far Python has come. */
export async function judge(
  kind: string,
  key: object,
  typed: string,
  tell: (words: string) => void,
): Promise<Judgement> {
  session ??= new Session(new URL("./", import.meta.url));
  const own = session;
  let text = "";
  let timer = 0;
  let late = false;
  const asked = JSON.stringify(JSON.stringify([kind, key, typed]));
  const source = `import json\nfrom bp import answers\nprint("\\n" + json.dumps(answers.judge(*json.loads(${asked}))))`;
  const ending = await own.run(0, source, {
    progress: (words) => {
      if (words !== "running") return tell(words);
      tell("");
      timer = window.setTimeout(() => {
        late = true;
        own.stop();
      }, LIMIT * 1000);
    },
    output: (items: Item[]) => {
      text = items.map((item) => (item.kind === "show" ? "" : item.text)).join("");
    },
    line: () => undefined,
  });
  clearTimeout(timer);
  if (late) return { verdict: "Not yet", reason: `it ran for more than ${LIMIT} seconds, and was stopped.` };
  if (ending !== "well") return { verdict: "Not yet", reason: own.reason || text || "Python is not there." };
  const [verdict, reason] = JSON.parse(text.trim().split("\n").at(-1) ?? "") as [string, string];
  return { verdict, reason };
}

// Answers to exercises: numbers and choices are judged here, formulas and functions by Python.
"use strict";

/**
 * @typedef {{kind: string, right: any, slips: [any, string][], because?: string[], digits?: number, links?: Record<string, string>}} Part
 * @typedef {{parts: Part[], hints: string[]}} Key
 * @typedef {{verdict: "Right" | "Wrong" | "Not yet", reason: string}} Judgement
 */

const answers = (() => {
  /** @param {Judgement["verdict"]} verdict @param {string} reason @returns {Judgement} */
  const say = (verdict, reason) => ({ verdict, reason });

  const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵃ";

  /** Signs of which each stands for several. @type {[RegExp, string][]} */
  const ALIKE = [
    [/[−–—‐‑﹣]/g, "-"],
    [/[·×∗⋅∙•]/g, "*"],
    [/[÷⁄∕]/g, "/"],
    [/½/g, "(1/2)"],
    [/¼/g, "(1/4)"],
    [/¾/g, "(3/4)"],
  ];

  /** What was typed in the signs of any keyboard: full width, raised and cursive signs are gone. @param {string} text */
  const typed = (text) =>
    ALIKE.reduce((read, [signs, plain]) => read.replace(signs, plain), text)
      .replace(/[\u{1d400}-\u{1d7ff}]/gu, (sign) => sign.normalize("NFKC"))
      .replace(/[！-～]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
      .replace(new RegExp(`[${RAISED}]+`, "g"), (power) => {
        const read = [...power].map((sign) => "0123456789+-()a"[RAISED.indexOf(sign)]).join("");
        return /^(\w|\(.*\))$/.test(read) ? `^${read}` : `^(${read})`;
      })
      // What stands around a formula and is no part of it.
      .replace(/^(?:\s|\$|\\[([]|\\displaystyle(?![a-z])|=)+/, "")
      .replace(/(?:\s|\$|\\[)\],;:! ]|\\q?quad(?![a-z])|[.,;])+$/, "");

  /** A number in the signs of a program: what stands before an equals sign, and blanks, are gone. @param {string} text */
  const plainly = (text) =>
    typed(text)
      .replace(/^[^=≈]*[=≈]|^[~≃]/, "")
      .replace(/^\s*minus\b/i, "-")
      .replace(/\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}/g, "($1)/($2)")
      .replace(/\\(?:cdot|times)\b/g, "*")
      .replace(/x/g, "*")
      .replace(/(\d)[\s'’](?=\d{3}(?!\d))/g, "$1")
      .replace(/\s*([-+*/^])\s*/g, "$1")
      .replace(/\^[({](.*?)[)}]/g, "^$1")
      .replace(/(^-?|\/)\((.*?)\)(?=\/|$)/g, "$1$2")
      .trim()
      .replace(/^\+/, "");

  /**
   * Return a number as a reader types it, and half of the last place that was given: 0.25, 0,25, −3, 1/3,
   * 2.5e-3. A fraction is meant exactly. Return nothing for what is no number.
   * @param {string} text
   */
  const read = (text) => {
    const plain = plainly(text);
    const fraction = plain.match(/^(-?\d+(?:[.,]\d+)?)\/(-?\d+(?:[.,]\d+)?)$/);
    if (fraction) {
      const [above, below] = fraction.slice(1).map((part) => Number(part.replace(",", ".")));
      return below ? { value: above / below, half: 0, digits: Infinity } : null;
    }
    const found = plain.replace(/^(-?)10\^/, "$11e").match(/^(-?)(\d*)(?:[.,](\d*))?(?:(?:[eE]|\*10\^)([-+]?\d+))?$/);
    if (!found || !(found[2] || found[3])) return null;
    const [, sign, whole, part = "", power = "0"] = found;
    const value = Number(`${sign}${whole || "0"}.${part || "0"}e${power}`);
    const digits = (whole + part).replace(/^0+/, "").length;
    if (!Number.isFinite(value)) return null;
    return { value, half: 10 ** (Number(power) - part.length) / 2, digits };
  };

  /** The other way to read a comma, which three digits follow: 1,000 is one thousand, too. @param {string} text */
  const thousands = (text) => (/^-?[1-9]\d{0,2}(,\d{3})+$/.test(plainly(text)) ? read(plainly(text).replaceAll(",", "")) : null);

  /**
   * How far off a number may be: two in its last digit, because by hand each step is rounded. What is
   * counted is exact, and nobody counts beyond a hundred thousand.
   * @param {number} value @param {number} digits
   */
  const slack = (value, digits) =>
    Number.isInteger(value) && Math.abs(value) < 1e5 ? 0 : 2 * 10 ** (Math.floor(Math.log10(Math.abs(value))) - digits + 1);

  /** Whether a number was meant to be another. @param {{value: number, half: number}} given @param {number} value @param {number} digits */
  const means = ({ value: one, half }, value, digits) =>
    Math.abs(one - value) <= Math.max(half, slack(value, digits), 1e-9 * Math.abs(value)) * (1 + 1e-9);

  /** @param {Part} part @param {string} text @returns {Judgement} */
  const number = (part, text) => {
    if (!text.trim()) return say("Not yet", "a number is missing.");
    const shown = text.trim().length > 24 ? `${text.trim().slice(0, 24)}…` : text.trim();
    if (text.includes("%")) return say("Not yet", `“${shown}” has a percent sign. Write 25% as 0.25.`);
    const other = thousands(text);
    const given = read(text) ?? other;
    if (!given) return say("Not yet", `“${shown}” is no number. Write it like 0.25, 1/4 or 2.5e-1.`);
    const found = compared(part, given);
    if (!other) return found;
    const meant = compared(part, other);
    if (meant.verdict === "Right") return meant;
    if (found.verdict === "Right" && part.slips.some(([slip]) => slip === other.value))
      return say("Not yet", `“${shown}” can be read as ${given.value} and as ${other.value}. Write it without the comma.`);
    if (found.verdict === "Right") return found;
    return (
      [found, meant].find((one) => part.slips.some(([, reason]) => reason === one.reason)) ??
      say(found.verdict, `${found.reason} (“${shown}” was read as ${given.value}.)`)
    );
  };

  /** @param {Part} part @param {{value: number, half: number, digits: number}} given @returns {Judgement} */
  const compared = ({ right, slips, digits = 3 }, given) => {
    const exact = { ...given, half: 0 };
    // The last digit that was given, and no more than the digits that are asked for.
    const close = { ...given, half: Math.min(given.half, slack(right, digits)) };
    if (means(close, right, digits)) return say("Right", "");
    const few = given.digits < digits && given.value !== 0;
    // What is cut off is as short as what is rounded. A slip that is just as short is meant itself.
    if (few && Math.abs(given.value - right) < 2 * given.half && !slips.some(([value]) => Math.abs(value - given.value) < 1e-9))
      return say("Not yet", `give ${digits} digits.`);
    const slip = slips.find(([value]) => means(exact, value, digits));
    if (slip) return say("Wrong", slip[1]);
    if (means(exact, -right, digits)) return say("Wrong", "The sign is the other way round.");
    return say("Wrong", given.value ? "It is another number. Work it out once more, step by step." : "It is not 0.");
  };

  /** @param {Part} part @param {number} chosen @returns {Judgement} */
  const choice = ({ right, because = [] }, chosen) => {
    if (chosen < 0) return say("Not yet", "nothing is chosen.");
    return say(right[chosen] ? "Right" : "Wrong", because[chosen]);
  };

  /** What is said of all parts together. @param {Judgement[]} all */
  const together = (all) => {
    const verdict = all.some((one) => one.verdict === "Wrong")
      ? "Wrong"
      : all.some((one) => one.verdict === "Not yet")
        ? "Not yet"
        : "Right";
    const several = all.length > 1;
    const reasons = all.flatMap(({ verdict: own, reason }, at) => {
      if (verdict === "Right" ? !reason : own === "Right") return [];
      return [several ? `${at + 1}: ${reason}` : reason];
    });
    const right = all.filter((one) => one.verdict === "Right").length;
    const count = several && right && right < all.length ? ` (${right} of ${all.length} are right)` : "";
    return `${verdict}${count}${reasons.length ? ": " : ""}${reasons.join("\n") || "."}`;
  };

  /** A key as it was before it was written backwards. @param {string} text @returns {Key} */
  const opened = (text) => JSON.parse([...text].reverse().join(""));

  return { choice, number, opened, read, together, typed };
})();

if (typeof document !== "undefined") {
  const own = /** @type {HTMLScriptElement} */ (document.currentScript);
  const KEPT = "answers";
  /** Seconds that Python may take. The first formula waits until it has read the book. @type {Record<string, number>} */
  const LIMITS = { formula: 90, code: 20 };
  /** Seconds in which a wrong formula's mend is looked for, after the verdict. The next answer waits for its end. */
  const MENDING = 1;

  /** @type {Map<string, Promise<unknown>>} */
  const scripts = new Map();
  /** Load a script beside this one, when it is first asked for. @param {string} name */
  const script = (name) => {
    const loading =
      scripts.get(name) ??
      new Promise((done, fail) => {
        const made = document.createElement("script");
        made.src = new URL(name, own.src).href;
        made.onload = done;
        made.onerror = () => {
          scripts.delete(name);
          fail(new Error(`${name} is missing`));
        };
        document.head.append(made);
      });
    scripts.set(name, loading);
    return loading;
  };

  /** Show beside a formula how it is read. @param {HTMLInputElement} field */
  const draw = async (field) => {
    const place = field.closest("form")?.querySelector(".reading");
    if (!place) return;
    let latex = "";
    try {
      await Promise.all([script("speak.js"), script("katex.js")]);
      latex = field.value.trim() && speech.latexOf(field.value);
      // @ts-ignore: KaTeX is another script.
      katex.render(latex, place, { throwOnError: true });
    } catch {
      place.textContent = latex;
    }
  };

  /** A formula as LaTeX, code as it is. @param {Part} part @param {string} value */
  const typed = async ({ kind }, value) => {
    if (kind !== "formula") return value;
    await script("speak.js");
    return speech.latexOf(value);
  };

  /** Ask Python, in the page, for what `bp.answers` says. @param {string} name @param {unknown[]} asked @param {object} limits */
  const python = async (name, asked, limits) => {
    const { ask } = await import(new URL(own.dataset.python ?? "", location.href).href);
    return ask("bp.answers", name, asked, limits);
  };

  /** The change with which a wrong formula would be right, where no slip is named. @param {Part} part @param {string} value @param {Judgement} found */
  const mended = async (part, value, { verdict, reason }) => {
    if (part.kind !== "formula" || verdict !== "Wrong" || part.slips.some(([, said]) => said === reason)) return "";
    const answer = await python("mend", [part, await typed(part, value), MENDING], { seconds: 10 * MENDING });
    return answer.kind === "value" ? /** @type {string} */ (answer.value) : "";
  };

  /** @param {Part} part @param {HTMLElement} field @param {string} value @param {(words: string) => void} tell @returns {Promise<Judgement>} */
  const judged = async (part, field, value, tell) => {
    if (part.kind === "choice") {
      const dots = /** @type {HTMLInputElement[]} */ ([...field.querySelectorAll("input")]);
      return answers.choice(part, dots.findIndex((dot) => dot.checked));
    }
    if (part.kind === "number") return answers.number(part, value);
    if (!value.trim()) return { verdict: "Not yet", reason: "an answer is missing." };
    let given = "";
    try {
      given = await typed(part, value);
    } catch (error) {
      return { verdict: "Not yet", reason: `this cannot be read: ${/** @type {Error} */ (error).message}.` };
    }
    if (!own.dataset.python || location.protocol === "file:") {
      const how = own.dataset.python
        ? "serve the folder of the site with python3 -m http.server"
        : "this copy of the book carries none";
      return { verdict: "Not yet", reason: `Python in the page judges this answer; ${how}.` };
    }
    const answer = await python("judge", [part.kind, part, given], {
      seconds: LIMITS[part.kind],
      progress: (/** @type {string} */ words) => tell(words === "running" ? "" : words),
    });
    if (answer.kind !== "value") return { verdict: "Not yet", reason: `${answer.reason}.` };
    const [verdict, reason] = answer.value;
    return { verdict, reason };
  };

  /** Which exercises are done, by page and label. @returns {Record<string, true>} */
  const kept = () => {
    try {
      return JSON.parse(localStorage.getItem(KEPT) ?? "{}");
    } catch {
      return {};
    }
  };

  /** @param {Record<string, true>} all */
  const keep = (all) => {
    try {
      if (Object.keys(all).length) localStorage.setItem(KEPT, JSON.stringify(all));
      else localStorage.removeItem(KEPT);
    } catch {
      // A browser that stores nothing forgets what is done.
    }
    tick();
  };

  /** Show in the contents how many exercises of each page are done, and at an exercise that it is. */
  const tick = () => {
    for (const old of document.querySelectorAll(".done")) old.remove();
    const all = Object.keys(kept());
    /** @param {Element} place @param {string} shown @param {string} said */
    const add = (place, shown, said) => {
      const mark = document.createElement("span");
      mark.className = "done";
      mark.textContent = ` ${shown}`;
      mark.role = "img";
      mark.ariaLabel = said;
      place.append(mark);
    };
    for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("#menu a[href]"))) {
      if (link.hash && link.pathname === location.pathname) continue;
      const page = link.pathname.split("/").pop();
      const count = all.filter((one) => one.split("#")[0] === page).length;
      if (count) add(link, `✓ ${count}`, `${count} ${count > 1 ? "exercises" : "exercise"} done`);
    }
    for (const form of forms) {
      const last = form.querySelector("p:has([type=submit])");
      if (last && all.includes(nameOf(form))) add(last, "✓ done", "done");
    }
  };

  /** @param {HTMLFormElement} form */
  const nameOf = (form) =>
    `${location.pathname.split("/").pop() || "index.html"}#${form.closest(".exercise")?.id ?? ""}`;

  /** @type {NodeListOf<HTMLFormElement>} */
  const forms = document.querySelectorAll("form.answer[data-key]");
  for (const form of forms) {
    const status = /** @type {HTMLElement} */ (form.querySelector("[role=status]"));
    const list = /** @type {HTMLElement} */ (form.querySelector(".hints"));
    const fields = /** @type {HTMLElement[]} */ ([...form.querySelectorAll("[data-kind]")]);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const { parts } = answers.opened(form.dataset.key ?? "");
      const given = fields.map((field) => /** @type {HTMLInputElement} */ (field).value);
      /** @type {Judgement[]} */
      const all = [];
      for (const [at, part] of parts.entries()) {
        all.push(
          await judged(part, fields[at], given[at], (words) => {
            status.textContent = words ? `${words} …` : "judging …";
          }).catch((error) => ({ verdict: "Not yet", reason: `${error.message}.` })),
        );
      }
      /** Say what is found, and lead to where a slip that is named is measured. */
      const show = () => {
        status.textContent = answers.together(all);
        const found = parts.flatMap(({ links }, at) => (all[at].verdict === "Wrong" && links?.[all[at].reason]) || []);
        for (const anchor of found) {
          const link = document.createElement("a");
          link.href = new URL(`../../mistakes.html#${anchor}`, own.src).href;
          link.textContent = "What this slip does";
          status.append(" ", link);
        }
        return status.textContent;
      };
      let shown = show();
      for (const [at, { verdict }] of all.entries()) {
        if (verdict === "Wrong") fields[at].setAttribute("aria-invalid", "true");
        else fields[at].removeAttribute("aria-invalid");
      }
      const right = all.every(({ verdict }) => verdict === "Right");
      form.dataset.verdict = right ? "right" : "";
      if (right) keep({ ...kept(), [nameOf(form)]: true });
      for (const [at, found] of all.entries()) {
        const change = await mended(parts[at], given[at], found).catch(() => "");
        // Meanwhile a reader may have asked for something else.
        if (!change || status.textContent !== shown) continue;
        found.reason += ` ${change}`;
        shown = show();
      }
    });
    form.querySelector(".hint")?.addEventListener("click", ({ currentTarget }) => {
      const { hints } = answers.opened(form.dataset.key ?? "");
      // What has the focus keeps it.
      if (list.childElementCount === hints.length) return;
      const item = document.createElement("li");
      item.textContent = hints[list.childElementCount];
      list.append(item);
      const button = /** @type {HTMLButtonElement} */ (currentTarget);
      button.ariaDisabled = String(list.childElementCount === hints.length);
      status.textContent = `Hint ${list.childElementCount} of ${hints.length}.`;
    });
    for (const field of fields) {
      if (field instanceof HTMLInputElement && field.dataset.kind === "formula") {
        field.addEventListener("focus", () => void draw(field));
        field.addEventListener("input", () => void draw(field));
        for (const sign of /** @type {NodeListOf<HTMLButtonElement>} */ (form.querySelectorAll("[data-spoken]"))) {
          sign.addEventListener("click", () => {
            field.setRangeText(sign.dataset.spoken ?? "", field.selectionStart ?? 0, field.selectionEnd ?? 0, "end");
            field.focus();
            void draw(field);
          });
        }
      }
      if (field instanceof HTMLTextAreaElement) {
        field.addEventListener("keydown", (event) => {
          // As in a cell: Shift and Enter runs it. Tab stays what it is, so that nobody is caught.
          if (event.key !== "Enter" || !event.shiftKey) return;
          event.preventDefault();
          form.requestSubmit();
        });
      }
    }
  }

  // What is done can be forgotten, saved as a file, and taken from one.
  const progress = document.querySelector(".progress");
  if (progress) {
    const status = /** @type {HTMLElement} */ (progress.querySelector("[role=status]"));
    const file = /** @type {HTMLInputElement} */ (progress.querySelector("[type=file]"));
    /** @param {string} said */
    const tell = (said) => {
      const count = Object.keys(kept()).length;
      status.textContent = `${said}${count} ${count === 1 ? "exercise is" : "exercises are"} marked as done on this device.`;
    };
    progress.querySelector(".forget")?.addEventListener("click", () => {
      keep({});
      tell("Forgotten. ");
    });
    progress.querySelector(".save")?.addEventListener("click", () => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([JSON.stringify(kept(), null, 1)], { type: "application/json" }));
      link.download = "backpropagation-exercises.json";
      link.click();
      URL.revokeObjectURL(link.href);
    });
    file.addEventListener("change", async () => {
      try {
        const given = JSON.parse((await file.files?.[0].text()) ?? "");
        const names = Object.keys(given).filter((name) => /^[\w./-]+\.html#ex-[\w-]+$/.test(name) && given[name] === true);
        if (!names.length) throw new Error("it names no exercise");
        keep({ ...kept(), ...Object.fromEntries(names.map((name) => [name, /** @type {true} */ (true)])) });
        tell(`${names.length} taken from the file. `);
      } catch (error) {
        status.textContent = `This file was not saved here: ${/** @type {Error} */ (error).message}.`;
      }
      file.value = "";
    });
    tell("");
  }
  tick();
}

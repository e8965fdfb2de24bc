// What the address of the page holds, and how numbers are read and written: no part of it knows the
// page, so it is tested without one.
"use strict";

/** @typedef {"step" | "change" | "check"} Mode */
/** @typedef {"mode" | keyof Choices} Word */
/** @typedef {{situation: Situation, mode: Mode, step: number}} State */

const states = (() => {
  const GIVEN = /^(eta|eps|[xtwu]\d+|b\d\d)$/;

  /** @param {string} name @param {number} value @returns {string} */
  const shown = (name, value) => {
    const size = Math.abs(value);
    let text;
    if (!Number.isFinite(value)) text = "∞";
    else if (value && (size < 5e-5 || size >= 1e4)) {
      text = value.toExponential(1).replace(/(\.0)?e\+?/, "e");
    } else if (GIVEN.test(name)) text = value.toFixed(4).replace(/(\.\d+?)0+$/, "$1");
    else text = value ? value.toFixed(4) : "0";
    return text.replaceAll("-", "−");
  };

  const LIMIT = 1e6;
  /** @type {Record<string, {least: number, most: number, says: string}>} */
  const RANGES = {
    eta: { least: 1e-6, most: 1000, says: "a number from 0.000001 to 1000, such as 0.5" },
    eps: { least: 1e-15, most: 1, says: "a number from 1e−15 to 1, such as 1e−5" },
    any: {
      least: -LIMIT,
      most: LIMIT,
      says: "a number from −1000000 to 1000000, such as −0.7 or 2.5e−3",
    },
  };

  /** @param {string} name */
  const rangeOf = (name) => (Object.hasOwn(RANGES, name) ? RANGES[name] : RANGES.any);

  /** @param {string} name @param {string} text @returns {number | null} */
  const read = (name, text) => {
    const plain = text.trim().replaceAll("−", "-");
    if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain)) return null;
    const { least, most } = rangeOf(name);
    const value = Number(plain);
    return value >= least && value <= most ? value : null;
  };

  /** @type {Record<string, number[]>} */
  const RUNNING = {
    w: [0.1, -1.0, 0.6, 1.2, 0.4, -0.8],
    b1: [-0.2, 0.9, 1.1],
    u: [-0.7, 0.5, 0.3, -0.9, 0.8, -0.5],
    b2: [-0.3, -0.4],
    x: [1.2, 1.5],
    t: [0, 1],
    eta: [0.5],
    eps: [1e-5],
  };
  const DIALS = ["w11", "w12", "w13", "w21", "w22", "w23", "b11", "b12", "b13"];
  DIALS.push("u11", "u12", "u21", "u22", "u31", "u32", "b21", "b22");
  /** What each word of an address may be; the first is meant where it is not there. */
  const WORDS = {
    mode: ["step", "change", "check"],
    rule: ["right", "u-first", "source"],
    act: ["sigmoid", "tanh", "relu", "leaky"],
    end: ["squares", "cross-entropy", "softmax"],
    by: ["plain", "momentum", "adam"],
    dial: DIALS,
  };
  const { mode: _, ...CHOSEN } = WORDS;
  const CHOICES = /** @type {Choices} */ (Object.fromEntries(Object.entries(CHOSEN).map(([key, [first]]) => [key, first])));

  /** @param {number[]} row @param {number} width @returns {number[][]} */
  const table = (row, width) =>
    Array.from({ length: row.length / width }, (_, i) => row.slice(i * width, (i + 1) * width));

  /** @param {Record<string, number[]>} lists @param {Choices} choices @returns {Situation} */
  const fromLists = ({ w, b1, u, b2, x, t, eta, eps }, { rule, act, end, by, dial }) => ({
    params: { w: table(w, 3), b1: [...b1], u: table(u, 2), b2: [...b2] },
    x: [...x],
    t: [...t],
    eta: eta[0],
    eps: eps[0],
    rule,
    act,
    end,
    by,
    dial,
  });

  /** @param {Situation} situation @returns {Record<string, number[]>} */
  const toLists = ({ params, x, t, eta, eps }) => ({
    w: params.w.flat(),
    b1: params.b1,
    u: params.u.flat(),
    b2: params.b2,
    x,
    t,
    eta: [eta],
    eps: [eps],
  });

  /** @param {string} text as an address holds it @returns {string} as it was meant */
  const decoded = (text) => {
    // A program that passed a link on may have encoded some of it or all, and that more than once.
    for (let times = 0; times < 3 && text.includes("%"); times++) {
      try {
        text = decodeURIComponent(text);
      } catch {
        break;
      }
    }
    // As this page and the book print a minus.
    return text.replaceAll("−", "-");
  };

  /**
   * Read a state as an address holds it. What cannot be read keeps the value of the running example.
   * @param {string} text @param {number} steps how many steps there are
   * @returns {{state: State, complaints: string[]}}
   */
  const readState = (text, steps) => {
    const lists = { ...RUNNING };
    const words = { mode: "step", ...CHOICES };
    const complaints = [];
    let step = 1;
    for (const item of decoded(text).split("&").filter(Boolean)) {
      const [key, value = ""] = item.split("=");
      if (Object.hasOwn(RUNNING, key)) {
        const numbers = value.split(",").map((number) => read(key, number));
        if (numbers.length === RUNNING[key].length && numbers.every((number) => number !== null)) {
          lists[key] = /** @type {number[]} */ (numbers);
        } else {
          complaints.push(`${key} takes ${RUNNING[key].length} × ${rangeOf(key).says}`);
        }
      } else if (Object.hasOwn(WORDS, key) && WORDS[/** @type {Word} */ (key)].includes(value)) {
        Object.assign(words, { [key]: value });
      } else if (key === "step" && /^[1-9]\d*$/.test(value) && +value <= steps) {
        step = +value;
      } else {
        complaints.push(`“${item}” means nothing here`);
      }
    }
    const situation = fromLists(lists, words);
    return { state: { situation, mode: /** @type {Mode} */ (words.mode), step }, complaints };
  };

  /** @param {State} state @returns {string} what differs from the running example */
  const writeState = ({ situation, mode, step }) => {
    const words = [];
    if (mode !== "step") words.push(`mode=${mode}`);
    if (mode === "step" && step > 1) words.push(`step=${step}`);
    for (const key of /** @type {(keyof Choices)[]} */ (Object.keys(CHOICES))) {
      if (situation[key] !== CHOICES[key]) words.push(`${key}=${situation[key]}`);
    }
    for (const [key, row] of Object.entries(toLists(situation))) {
      if (row.join() !== RUNNING[key].join()) words.push(`${key}=${row.join()}`);
    }
    return words.join("&");
  };

  return { CHOICES, LIMIT, RUNNING, decoded, fromLists, rangeOf, read, readState, shown, toLists, writeState };
})();

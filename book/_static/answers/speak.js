// What a learner types as it is spoken, as LaTeX: "yk(1-yk)", "dL/dw11", "sum_k delta2_k u_jk".
"use strict";

const speech = (() => {
  /** How many indices a symbol of the book has. An index ends where all are there. @type {Record<string, number>} */
  const INDICES = { x: 1, w: 2, b: 1, a: 1, h: 1, u: 2, y: 1, t: 1, delta: 1, I: 2, z: 1, s: 1 };
  const LAYERED = new Set(["a", "b", "delta"]);
  const GREEK = ["alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "eta", "lambda", "mu", "pi", "varphi", "phi", "rho", "sigma", "theta", "tau"];
  const FUNCTIONS = ["tanh", "sinh", "cosh", "sin", "cos", "ln", "log", "max", "min"];
  const WORDS = [...GREEK, ...FUNCTIONS, "partial", "sum", "exp", "sqrt", "cdot", "times"].sort((a, b) => b.length - a.length);
  /** @type {Record<string, string>} */
  const SIGNS = {
    "−": "-", "–": "-", "·": "*", "×": "*", "∗": "*", "⋅": "*", "÷": "/", "∂": "partial ", "Σ": "sum ", "∑": "sum ", "√": "sqrt ",
    "α": "alpha ", "β": "beta ", "γ": "gamma ", "λ": "lambda ", "μ": "mu ", "ρ": "rho ", "θ": "theta ", "τ": "tau ",
    "δ": "delta ", "σ": "sigma ", "η": "eta ", "ε": "epsilon ", "φ": "phi ", "ϕ": "phi ", "π": "pi ", "½": "(1/2)", "¼": "(1/4)", "′": "'", "’": "'",
    "⊤": "^T", "ᵀ": "^T",
    "₀": "_0", "₁": "_1", "₂": "_2", "₃": "_3", "ᵢ": "_i", "ⱼ": "_j", "ₖ": "_k",
  };

  class Unread extends Error {}

  const CAPITAL = /\b(Exp|Tanh|Sinh|Cosh|Ln|Log|Sqrt|Sigma)\b/g;

  /** What stands around a formula and is no part of it, and signs that one keyboard has and another has not. @param {string} text */
  const bare = (text) =>
    answers
      .typed(text)
      .replace(/^\$+|\$+$/g, "")
      .replace(/[.,;]\s*$/, "")
      .replace(CAPITAL, (word) => word.toLowerCase())
      .trim();

  /** @param {string} text */
  const plain = (text) => {
    // Neighbours below the line are one index.
    let read = text.replace(/[₀₁₂₃ᵢⱼₖ]{2,}/gu, (signs) => `_{${[...signs].map((sign) => SIGNS[sign].slice(1)).join("")}}`);
    for (const [sign, word] of Object.entries(SIGNS)) read = read.replaceAll(sign, word);
    return read.replace(/eps(?!ilon)/g, "epsilon").replace(/\*\*/g, "^").replace(/(\d),(\d)/g, "$1.$2").replace(/\s+(?=[_^'])/g, "");
  };

  /** @param {string} text @returns {string[]} */
  const tokens = (text) => {
    /** @type {string[]} */
    const found = [];
    for (let at = 0; at < text.length; ) {
      const rest = text.slice(at);
      const space = rest.match(/^\s+/);
      const number = rest.match(/^\d+(\.\d+)?/);
      const word = WORDS.find((one) => rest.startsWith(one));
      const next = space ? space[0] : number ? number[0] : (word ?? rest[0]);
      // A blank ends an index: "y k" is a product.
      found.push(space ? " " : next);
      at += next.length;
    }
    return found;
  };

  /** Read one expression from left to right. */
  class Reader {
    /** @param {string[]} given */
    constructor(given) {
      this.given = given;
      this.at = 0;
    }

    /** The next token that is no blank. @returns {string | undefined} */
    peek() {
      let at = this.at;
      while (this.given[at] === " ") at++;
      return this.given[at];
    }

    take() {
      while (this.given[this.at] === " ") this.at++;
      if (this.at >= this.given.length) throw new Unread("the formula breaks off here");
      return this.given[this.at++];
    }

    /** @param {string} token */
    expect(token) {
      if (this.peek() !== token) throw new Unread(`“${token}” is missing`);
      this.take();
    }

    /** @returns {string} */
    sum() {
      let latex = "";
      if (this.peek() === "-" || this.peek() === "+") latex = this.take();
      latex += this.product();
      while (this.peek() === "-" || this.peek() === "+") latex += ` ${this.take()} ${this.product()}`;
      return latex;
    }

    /** @returns {string} */
    product() {
      /** @type {string[]} */
      const factors = [this.factor()];
      for (;;) {
        const next = this.peek();
        if (next === "*" || next === "cdot" || next === "times") {
          this.take();
          factors.push("\\cdot", this.factor());
        } else if (next === "/") {
          this.take();
          const above = /** @type {string} */ (factors.pop());
          factors.push(this.fraction(above, this.factor()));
        } else if (next === undefined || /^[-+)\]},=]$/.test(next)) return factors.join(" ");
        else factors.push(this.factor());
      }
    }

    /** @param {string} above @param {string} below */
    fraction(above, below) {
      /** @param {string} part */
      const bare = (part) => (whole(part) ? part.slice(1, -1) : part);
      return `\\frac{${bare(above)}}{${bare(below)}}`;
    }

    /** @returns {string} */
    factor() {
      const token = this.take();
      if (token === "(" || token === "[" || token === "{") {
        const inside = this.sum();
        this.expect(token === "(" ? ")" : token === "[" ? "]" : "}");
        return this.raised(`(${inside})`);
      }
      if (token === "-") return `-${this.factor()}`;
      if (/^\d/.test(token)) return this.raised(token);
      if (token === "sqrt") return this.raised(`\\sqrt{${this.argument()}}`);
      if (token === "exp") return `e^{${this.argument()}}`;
      if (token === "sum") return this.summed();
      if (token === "partial") return `\\partial ${this.factor()}`;
      if (FUNCTIONS.includes(token)) return this.applied(`\\${token}`);
      if (token === "d" && (this.peek() === "/" || this.names(this.peek()))) return this.slope();
      // A slope as it is spoken: dL/dw.
      if (token === "d" && this.given[this.at] && /^([A-Za-z]|delta)$/.test(this.given[this.at])) return `\\partial ${this.factor()}`;
      if (/^[A-Za-z]+$/.test(token)) return this.symbol(token);
      throw new Unread(`“${token}” does not fit here`);
    }

    /** Whether a token is the name of a function. @param {string | undefined} token */
    names(token) {
      return token === "sigma" || FUNCTIONS.includes(token ?? "");
    }

    /** A slope as it is spoken, behind its first d: d/da of what follows, d sigma(a)/da, or d sigma/da. @returns {string} */
    slope() {
      const name = this.names(this.peek()) ? `\\${this.take()}` : "";
      const given = name && this.peek() === "(" ? this.argument() : "";
      this.expect("/");
      this.expect("d");
      const variable = this.factor();
      return name ? `\\frac{d${name}(${given || variable})}{d${variable}}` : `\\frac{d}{d${variable}} ${this.product()}`;
    }

    /** What a function is applied to. */
    argument() {
      if (this.peek() !== "(") return this.factor();
      this.take();
      const inside = this.sum();
      this.expect(")");
      return inside;
    }

    /** @param {string} name */
    applied(name) {
      // The checker reads a power of a function behind its argument.
      let power = "";
      let latex = name;
      while (this.peek() === "^" || this.peek() === "'") {
        if (this.peek() === "^" && name === "\\sigma") power = this.postfix(power);
        else latex = this.postfix(latex);
      }
      return this.raised(`${latex}(${this.argument()})${power}`);
    }

    summed() {
      let latex = "\\sum";
      if (this.peek() === "_") {
        this.take();
        if (this.peek() === "(" || this.peek() === "{") {
          const end = this.take() === "(" ? ")" : "}";
          let inside = "";
          while (this.peek() !== end) inside += this.take();
          this.expect(end);
          latex += `_{${inside}}`;
        } else {
          let inside = this.take();
          if (this.peek() === "=") inside += this.take() + this.take();
          latex += `_{${inside}}`;
        }
        if (this.peek() === "^") latex = this.postfix(latex);
      }
      return `${latex} ${this.product()}`;
    }

    /** A letter with its indices and its layer. @param {string} name */
    symbol(name) {
      const letter = name.length > 1 ? `\\${name.replace(/^(epsilon|phi)$/, "var$1")}` : name;
      if (name === "sigma") return this.applied(letter);
      let wanted = INDICES[name] ?? 0;
      let index = "";
      let layer = "";
      const layered = LAYERED.has(name);
      for (;;) {
        // What follows without a blank belongs to the letter.
        const here = this.given[this.at] ?? "";
        const after = this.given[this.at + 1] ?? "";
        if (layered && !layer && (here === "^") && after === "(") {
          const [, , number, end] = this.given.slice(this.at, this.at + 4);
          if (!/^[\dlD]$/.test(number) || end !== ")") break;
          layer = number;
          this.at += 4;
        } else if (layered && !layer && here === "^" && after === "{" && this.given[this.at + 2] === "(") {
          layer = this.given[this.at + 3];
          this.at += 6;
        } else if (layered && !layer && !index && /^\d$/.test(here) && after === "_") {
          layer = here;
          this.at += 1;
        } else if (here === "_") {
          this.at += 1;
          index += this.index(wanted - index.length);
        } else if (index.length < wanted && /^[ijk]$/.test(here)) {
          index += here;
          this.at += 1;
        } else if (index.length < wanted && /^\d+$/.test(here) && here.length <= wanted) {
          index += here;
          this.at += 1;
        } else break;
      }
      const above = layer ? `^{(${layer})}` : "";
      const below = index ? (index.length > 1 ? `_{${index}}` : `_${index}`) : "";
      return this.raised(letter + above + below);
    }

    /** @param {number} wanted how many indices are still to come */
    index(wanted) {
      const first = this.given[this.at];
      if (first === "{" || first === "(") {
        this.at += 1;
        let inside = "";
        while (this.given[this.at] !== (first === "{" ? "}" : ")")) inside += this.take().replace(/[, ]/, "");
        this.at += 1;
        return inside;
      }
      let found = "";
      while (found.length < Math.max(wanted, 1)) {
        const here = this.given[this.at] ?? "";
        if (/^[a-zA-Z]$/.test(here) || /^\d+$/.test(here)) found += here;
        else if (here === "_" && found) void 0;
        else break;
        this.at += 1;
      }
      if (!found) throw new Unread("an index is missing");
      return found;
    }

    /** @param {string} latex */
    raised(latex) {
      let read = latex;
      while (this.peek() === "^" || this.peek() === "'") read = this.postfix(read);
      return read;
    }

    /** @param {string} latex @returns {string} */
    postfix(latex) {
      if (this.take() === "'") return `${latex}'`;
      if (this.peek() === "T") {
        this.take();
        return `${latex}^\\top`;
      }
      if (this.peek() === "{") {
        this.take();
        const inside = this.sum();
        this.expect("}");
        return `${latex}^{${inside}}`;
      }
      if (this.peek() === "(") return `${latex}^{${this.argument()}}`;
      const sign = this.peek() === "-" ? this.take() : "";
      const token = this.take();
      const power = /^\d/.test(token) ? token : /^[A-Za-z]+$/.test(token) ? this.symbol(token) : "";
      if (!power) throw new Unread("a power is missing");
      return `${latex}^{${sign}${power}}`;
    }
  }

  /** Whether one pair of brackets encloses all. @param {string} latex */
  const whole = (latex) => {
    if (!latex.startsWith("(") || !latex.endsWith(")")) return false;
    let depth = 0;
    for (let at = 0; at < latex.length - 1; at++) {
      depth += { "(": 1, ")": -1 }[latex[at]] ?? 0;
      if (!depth) return false;
    }
    return true;
  };

  /** LaTeX with fractions in the place of what TeX writes as {a \\over b}. @param {string} text @returns {string} */
  const fractions = (text) => {
    const found = text.match(/\\over(?![A-Za-z])/);
    if (found?.index === undefined) return text;
    /** The next brace that closes this group, to the left or to the right. @param {number} at @param {number} step */
    const edge = (at, step) => {
      for (let depth = 0; at >= 0 && at < text.length; at += step) {
        if (text[at] === "=" && !depth) break;
        depth += (text[at] === "{" ? 1 : text[at] === "}" ? -1 : 0) * step;
        if (depth < 0) break;
      }
      return at;
    };
    const [begin, end] = [edge(found.index - 1, -1) + 1, edge(found.index + 5, 1)];
    const [above, below] = [text.slice(begin, found.index), text.slice(found.index + 5, end)];
    return fractions(`${text.slice(0, begin)}\\frac{${above.trim()}}{${below.trim()}}${text.slice(end)}`);
  };

  /** LaTeX as the checker reads it, with words and signs in it as they are spoken. @param {string} text */
  const latexIn = (text) => {
    let read = fractions(text).replace(/\^\(([^()]*)\)/g, "^{$1}").replace(/\\mathrm\s*\{e\}/g, "e").replace(/\*\*/g, "^");
    for (const [sign, word] of Object.entries(SIGNS)) {
      const letters = word.trim();
      read = read.replaceAll(sign, WORDS.includes(letters) && letters !== "sqrt" ? `\\${letters} ` : word);
    }
    read = read.replace(/(?<![\\A-Za-z{])(sigma|tanh|sinh|cosh|exp|ln)(?![A-Za-z])/g, "\\$1 ").replace(/\*/g, "\\cdot ");
    return read.replace(/\\sigma\s*\^\s*(\{[^{}]*\}|\d)\s*(\\left)?\(([^()]*)(\\right)?\)/g, "\\sigma($3)^$1").replace(/\\(phi|epsilon)(?![A-Za-z])/g, "\\var$1");
  };

  /**
   * Return the LaTeX of what was typed. LaTeX is taken as it is, but for what is spoken in it.
   * @param {string} typed
   */
  const latexOf = (typed) => {
    const given = bare(typed);
    if (given.includes("\\")) return latexIn(given);
    if ((given.match(/[([{]/g) ?? []).length > 200) throw new Unread("too many brackets");
    const reader = new Reader(tokens(plain(given).trim()));
    let latex = reader.sum();
    while (reader.peek() === "=") latex += ` ${reader.take()} ${reader.sum()}`;
    if (reader.peek() !== undefined) throw new Unread(`“${reader.peek()}” does not fit here`);
    return latex;
  };

  return { latexOf, Unread };
})();

// What a learner types as it is spoken, as LaTeX: "yk(1-yk)", "dL/dw11", "sum_k delta2_k u_jk".
"use strict";

const speech = (() => {
  /** How many indices a symbol of the book has. An index ends where all are there. @type {Record<string, number>} */
  const INDICES = { x: 1, w: 2, b: 1, a: 1, h: 1, u: 2, y: 1, t: 1, delta: 1, I: 2, z: 1, s: 1 };
  const LAYERED = new Set(["a", "b", "delta"]);
  /** A layer in brackets, and one without them before its index: "^(2)", "[2]"; "2_", "^2_", "(2)_", "2k". */
  const LAYER = /^\^\{?[([]([\dlD])[)\]]\}?/;
  const PLAIN = /^(?:\^?\{?\(?)(\d)\)?\}?(?=_|[ijk](?![A-Za-z]))/;
  const GREEK = ["alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "eta", "lambda", "mu", "pi", "varphi", "phi", "rho", "sigma", "theta", "tau"];
  const FUNCTIONS = ["tanh", "sinh", "cosh", "sin", "cos", "ln", "log", "max", "min"];
  /** Names that are applied to something, those of the book among them. */
  const APPLIED = [...FUNCTIONS, "sigma", "phi"];
  /** A word as LaTeX writes it. @param {string} word */
  const command = (word) => `\\${word.replace(/^(epsilon|phi)$/, "var$1")}`;
  const WORDS = [...GREEK, ...FUNCTIONS, "partial", "sum", "exp", "sqrt", "pow", "cdot", "times", "over"].sort((a, b) => b.length - a.length);
  /** Signs that are words. @type {Record<string, string>} */
  const NAMES = {
    "∂": "partial", "Σ": "sum", "∑": "sum", "√": "sqrt", "α": "alpha", "β": "beta", "ß": "beta", "γ": "gamma", "λ": "lambda", "μ": "mu", "µ": "mu", "ρ": "rho", "θ": "theta",
    "τ": "tau", "δ": "delta", "σ": "sigma", "η": "eta", "ε": "epsilon", "ϵ": "epsilon", "φ": "phi", "ϕ": "phi", "π": "pi",
  };
  /** @type {Record<string, string>} */
  const SIGNS = { "′": "'", "’": "'", "⊤": "^T", "ᵀ": "^T", "ℯ": "e", "ⅇ": "e", "ℎ": "h", "〖": "(", "〗": ")", "≡": "=", ":=": "=", "\u200b": "", "\u2061": "" };
  const LOWERED = "₀₁₂₃₄₅₆₇₈₉ᵢⱼₖ";
  /** Words for signs, and second names. @type {Record<string, string>} */
  const SAID = { minus: "-", plus: "+", times: "*", squared: "^2", cubed: "^3", of: " ", half: "(1/2)", one: "1", two: "2", sigmoid: "sigma" };

  class Unread extends Error {}

  /** A pattern of words that stand alone. @param {string} words */
  const alone = (words) => new RegExp(`(?<![\\\\A-Za-z])(?:${words})(?![A-Za-z])`, "gi");
  const CAPITAL = alone("[A-Z][A-Za-z]+");
  const OF_WHAT = alone(`(?:${FUNCTIONS.join("|")}|sigma|sigmoid|exp)\\s+(?:of\\s+)?\\w+\\s+(?:squared|cubed)`);

  /** A formula in the signs that one keyboard has and another has not. @param {string} text */
  const bare = (text) => {
    let read = answers.typed(text);
    for (const [sign, plain] of Object.entries(SIGNS)) read = read.replaceAll(sign, plain);
    read = read
      .replace(/:/g, "/")
      .replace(/(\d)\.(?![\d.])/g, "$1")
      .replace(/\^\s*\(\s*(\w)\s*\)/g, "^($1)")
      .replace(/\^\s*\(\s*\(\s*(\w)\s*\)\s*\)/g, "^($1)")
      .replace(/[Α-ΡΤ-Ω]/g, (sign) => sign.toLowerCase())
      .replace(new RegExp(`[${LOWERED}]+`, "g"), (signs) => `_{${[...signs].map((sign) => "0123456789ijk"[LOWERED.indexOf(sign)]).join("")}}`)
      .replace(/_\{(\w)\}/g, "_$1")
      .replace(/(?<![\w.])(?:np|numpy|math|torch)\./g, "")
      .replace(CAPITAL, (word) => (WORDS.includes(word.toLowerCase()) || word.toLowerCase() in SAID || /^eps$/i.test(word) ? word.toLowerCase() : word));
    if (OF_WHAT.test(read)) throw new Unread("put brackets around what is raised to a power");
    read = read.replace(/(?<![\\A-Za-z])divided\s+by(?![A-Za-z])/gi, "over").replace(alone(Object.keys(SAID).join("|")), (word) => SAID[word.toLowerCase()]);
    return counted(read.replace(/\{,\}/g, ".").replace(/\*\*/g, "^").replace(/(_[({]|\[)(\w)\s*,\s*(\w)(?=[\])}])/g, "$1$2$3"))
      .replace(/(\d),(\d)/g, "$1.$2")
      .replace(/(?:(?<![\p{L}\d_)\]}\\])|(?<=\\[a-z]+))[.,](?=\d)/gu, "0.");
  };

  /** Indices in the brackets of a program, below the line, and powers of ten as it writes them. @param {string} text */
  const counted = (text) => {
    const power = text.match(/(?<![\w.,])\d*[.,]?\d+\s?[eE][-+]?\d+/)?.[0];
    if (power) {
      const plain = `${+power.replace(",", ".").replace(/\s/, "")}`;
      throw new Unread(`“${power}” can be a power of ten or hold Euler's number. Write ${plain}, or put blanks around e`);
    }
    return text.replace(/(?<![A-Za-z])((?:[abxwhuytIzs]|\\?delta|δ)(?:\^?\(?\d\)?)?)\[([ijk\d])(?:\]\[)?([ijk\d]?)\]/g, (all, symbol, one, other) => {
      if ([one, other].includes("0")) throw new Unread(`“${all}” counts from 0. This book counts from 1`);
      return `${symbol}_{${one}${other}}`;
    });
  };

  /** A reader's own name for the answer, in front of it: "error = ε/2". @param {string} side */
  const isName = (side) => {
    if (!/^\p{L}[\p{L}\d_'\s]*$/u.test(side)) return false;
    const known = new RegExp([...WORDS, "eps"].join("|"), "g");
    return (side.match(/[A-Za-z]+/g) ?? []).some((word) => {
      const rest = word.replace(known, "");
      return rest.length > 1 && !/^[A-Za-z][ijk]{1,2}$/.test(rest);
    });
  };

  /** A function as a name for the answer: "tanh'". Python knows whether it is the one that is asked for. */
  const NAMED = new RegExp(`^\\\\?(${APPLIED.join("|")})('*)$`);

  /** @param {string} text */
  const plain = (text) => text.replace(/eps(?!ilon)/g, "epsilon").replace(/\s+(?=[_^'])/g, "");

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
      found.push(space ? " " : (NAMES[next] ?? next));
      at += next.length;
    }
    return found;
  };

  /** What is no function: a letter of the net or of a number, alone or with its indices. */
  const NUMBERS = new RegExp(`^(?:[${Object.keys(INDICES).filter((name) => name.length === 1).join("")}]|\\\\(?:var)?(?:${GREEK.filter((name) => !/^(var)?(sigma|phi)$/.test(name)).join("|")}))(?:[_^](?:\\{[^{}]*\\}|\\w))*$`);
  const TOWER = "put brackets around a power that has a power of its own";
  const REACH = "put brackets around what stands above and below “over”";
  /** @type {Record<string, string>} */
  const CLOSING = { "(": ")", "[": "]", "{": "}" };

  /** Read one expression from left to right. */
  class Reader {
    /** @param {string[]} given */
    constructor(given) {
      this.given = given;
      this.at = 0;
      this.over = false;
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
      const outer = this.over;
      this.over = false;
      let latex = "";
      if (this.peek() === "-" || this.peek() === "+") latex = this.take();
      latex += this.product();
      while (this.peek() === "-" || this.peek() === "+") {
        latex += ` ${this.take()} ${this.product()}`;
        // Spoken, "1 over 1 plus a" tells nobody how far the fraction reaches.
        if (this.over) throw new Unread(REACH);
      }
      this.over = outer;
      return latex;
    }

    /** @returns {string} */
    product() {
      /** @type {string[]} */
      const factors = [this.factor()];
      for (;;) {
        const next = this.peek();
        if (this.over && next !== undefined && !/^[-+)\]},=]$/.test(next)) throw new Unread(REACH);
        if (next === "*" || next === "cdot" || next === "times") {
          this.take();
          factors.push("\\cdot", this.factor());
        } else if (next === "/") {
          this.take();
          const above = /** @type {string} */ (factors.pop());
          factors.push(this.fraction(above, this.factor()));
        } else if (next === "over") {
          this.take();
          factors.push(this.fraction(factors.splice(0).join(" "), this.factor()));
          this.over = true;
        } else if (next === undefined || /^[-+)\]},=]$/.test(next)) return factors.join(" ");
        else factors.push(...this.beside(/** @type {string} */ (factors.at(-1))));
      }
    }

    /** The next factor, with a dot where the checker would take both for a number or for a call. @param {string} before */
    beside(before) {
      const apart = this.given[this.at] === " ";
      const bracket = this.peek() === "(" && NUMBERS.test(before);
      const factor = this.factor();
      return bracket || (apart && /^\d/.test(factor)) ? ["\\cdot", factor] : [factor];
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
      if (token in CLOSING) {
        const inside = this.sum();
        this.expect(CLOSING[token]);
        return this.raised(`(${inside})`);
      }
      if (token === "-") return `(-${this.factor()})`;
      if (/^\d/.test(token)) return this.raised(token);
      if (token === "sqrt") return this.raised(`\\sqrt{${this.argument(token)}}`);
      if (token === "pow") return this.power();
      if (token === "exp") return `e^{${this.argument(token)}}`;
      if (token === "sum") return this.summed();
      if (token === "partial") return `\\partial ${this.factor()}`;
      if (FUNCTIONS.includes(token)) return this.applied(`\\${token}`);
      if (token === "d" && (this.peek() === "/" || this.names(this.peek()))) return this.slope();
      // A slope as it is spoken: dL/dw.
      if (token === "d" && this.given[this.at] && /^([A-Za-z]|delta)$/.test(this.given[this.at])) return `\\partial ${this.factor()}`;
      if (/^[A-Za-z]+$/.test(token)) return this.symbol(token);
      throw new Unread(`“${token}” does not fit here`);
    }

    /** A power as a program writes it, behind its name: pow(a, 2). */
    power() {
      this.expect("(");
      const base = this.sum();
      this.expect(",");
      const power = this.sum();
      this.expect(")");
      return `(${base})^{${power}}`;
    }

    /** Whether a token is the name of a function. @param {string | undefined} token */
    names(token) {
      return APPLIED.includes(token ?? "");
    }

    /** A slope as it is spoken, behind its first d: d/da of what follows, d sigma(a)/da, or d sigma/da. @returns {string} */
    slope() {
      const name = this.names(this.peek()) ? command(this.take()) : "";
      const given = name && this.peek() === "(" ? this.argument() : "";
      this.expect("/");
      this.expect("d");
      const variable = this.factor();
      return name ? `\\frac{d${name}(${given || variable})}{d${variable}}` : `\\frac{d}{d${variable}} ${this.product()}`;
    }

    /** What a function is applied to, or what stands in brackets. @param {string} [name] */
    argument(name) {
      const next = this.peek() ?? "";
      if (name && /^[+*/)\]},=]?$/.test(next)) throw new Unread(`“${name}” needs brackets after it, as in ${name}(a)`);
      if (!(next in CLOSING)) return this.factor();
      this.take();
      const inside = this.sum();
      this.expect(CLOSING[next]);
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
      return this.raised(`${latex}(${this.argument(name.slice(1))})${power}`);
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
      const letter = name.length > 1 ? command(name) : name;
      if (name === "sigma" || (name === "phi" && this.given[this.at] === "(")) return this.applied(letter);
      let wanted = INDICES[name] ?? 0;
      let index = "";
      let layer = "";
      const layered = LAYERED.has(name);
      for (;;) {
        // What follows without a blank belongs to the letter.
        const here = this.given[this.at] ?? "";
        const ahead = this.given.slice(this.at, this.at + 6).join("");
        const above = (layered && !layer && (ahead.match(LAYER) ?? ahead.match(index ? /^\^\{?(1)\}?(?!\d)/ : PLAIN))) || null;
        if (above) {
          layer = above[1];
          this.at += above[0].length;
        } else if (layered && !layer && !index && /^[12]\d$/.test(here) && this.given[this.at + 1] !== "_") {
          [layer, index] = here;
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
      if (layered && !layer && index.length > 1) throw new Unread(`say which is the layer in “${name}_${index}”, as in ${name}^(1)_2`);
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
      for (let powers = 0; this.peek() === "^" || this.peek() === "'"; ) {
        if (this.peek() === "^" && powers++) throw new Unread(TOWER);
        read = this.postfix(read);
      }
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
    if (alone("over").test(text)) throw new Unread("write / or \\frac for “over”");
    if (/\^\s*(?:\{[^{}]*\}|[^{}\\\s])\s*\^/.test(text)) throw new Unread(TOWER);
    let read = fractions(text)
      .replace(/\\(?:nice|s)frac(?![a-z])/g, "\\frac")
      .replace(/\\div(?![a-z])/g, "/")
      .replace(/(\\(?:var)?(?:epsilon|eta|beta))\s+(?=\d)/g, "$1 \\cdot ")
      .replace(/\\ast(?![a-z])/g, "*")
      .replace(/\{\s*\\rm\s+e\s*\}|\\(?:e|exponentialE)(?![A-Za-z])/g, "e")
      .replace(/(?<![\\A-Za-z{])([xhyt])(\d)/g, "$1_$2")
      .replace(/\^\(([^()]*)\)/g, "^{$1}")
      .replace(/\^\[(\d)\]/g, "^{($1)}")
      .replace(/\\(sigma|tanh|sinh|cosh|ln|exp)\s*\{([^{}]*)\}/g, "\\$1($2)")
      .replace(/(\\delta|(?<![\\A-Za-z])[ab])\s*(?:\^\{?([12])\}?(?=\s*_)|(_\w|_\{\w\})\s*\^\{?(1)\}?(?!\d))/g, (_, symbol, first, index = "", last) => `${symbol}^{(${first ?? last})}${index}`)
      .replace(/\\(?:mathrm|operatorname|text|mathit)\s*(?:\{\s*([A-Za-z]+)\s*\}|([A-Za-z]))/g, (all, word, letter) => {
        const name = plain(word ?? letter).toLowerCase();
        return name === "e" ? "e" : WORDS.includes(name) ? `\\${name} ` : all;
      });
    for (const [sign, word] of Object.entries(NAMES)) read = read.replaceAll(sign, word === "sqrt" ? word : `\\${word} `);
    read = read.replace(/(?<![\\A-Za-z{])(sigma|tanh|sinh|cosh|exp|ln)(?![A-Za-z])/g, "\\$1 ").replace(/\*/g, "\\cdot ");
    return read.replace(/\\sigma\s*\^\s*(\{[^{}]*\}|\d)\s*(\\left)?\(([^()]*)(\\right)?\)/g, "\\sigma($3)^$1").replace(/\\(phi|epsilon)(?![A-Za-z])/g, "\\var$1");
  };

  /**
   * Return the LaTeX of what was typed. LaTeX is taken as it is, but for what is spoken in it.
   * @param {string} typed @returns {string}
   */
  const latexOf = (typed) => {
    const given = bare(typed);
    const [side, right] = given.match(/^([^=]*)=(.*)$/s)?.slice(1) ?? [];
    // A name is shown as it was typed, and Python passes it over.
    if (right !== undefined && isName(side.trim())) return `\\text{${side.trim().replace(/_/g, " ")}} = ${latexOf(right)}`;
    const named = side?.trim().match(NAMED);
    if (right !== undefined && named) return `${command(named[1])}${named[2]} = ${latexOf(right)}`;
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

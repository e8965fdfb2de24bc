// Drills without end: fresh numbers from a seed that the address holds, and the way worked out in full.
"use strict";

/**
 * @typedef {{say: string, right: number, slips: [number, string][]}} Asked
 * @typedef {{given: string[], asked: Asked[], way: string[]}} Drill
 */

const drills = (() => {
  /** A number between 0 and 1, the same for the same seed. @param {number} seed */
  const numbers = (seed) => {
    let state = seed >>> 0;
    return () => {
      // mulberry32, by Tommy Ettinger, in the public domain.
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
  };

  /** Three digits, as by hand. @param {number} value */
  const show = (value) => {
    if (!value) return "0";
    const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
    return value.toFixed(Math.min(digits, 8)).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "").replace("-", "−");
  };

  /** In a product or a sum a negative number stands in brackets. @param {number} value */
  const inside = (value) => (value < 0 ? `(${show(value)})` : show(value));

  /** A letter with its indices and its layer, as HTML. @param {string} letter @param {string | number} [below] @param {number} [layer] */
  const sign = (letter, below, layer) =>
    `<i>${letter}</i>${layer ? `<sup>(${layer})</sup>` : ""}${below === undefined ? "" : `<sub>${below}</sub>`}`;

  const slope = (/** @type {number} */ h) => h * (1 - h);
  const NO_SLOPE = "The slope of the sigmoid is missing.";
  const SIGN = "The sign is the other way round: the error is y − t.";

  /** @param {string} say @param {number} right @param {[number, string][]} slips @returns {Asked} */
  const ask = (say, right, slips) => ({ say, right, slips });

  /** The sum behind a linear combination. @param {number[]} ins @param {number[]} weights @param {number} bias */
  const sum = (ins, weights, bias) =>
    `${ins.map((value, i) => `${inside(value)} · ${inside(weights[i])}`).join(" + ")} + ${inside(bias)}`;

  /** @typedef {{some: () => number, rest: () => number}} Draw */

  /** @param {Draw} draw @param {number} count */
  const row = ({ some }, count) => Array.from({ length: count }, some);

  /** A chain of units: one input, and one unit in each layer. @param {Draw} draw @param {number} depth @returns {Drill} */
  const chain = (draw, depth) => {
    const x = draw.some();
    const t = Math.round(draw.rest());
    const weights = row(draw, depth);
    const biases = row(draw, depth);
    const held = [x];
    const way = [];
    for (let l = 0; l < depth; l++) {
      const [a] = net.linear([held[l]], [[weights[l]]], [biases[l]]);
      held.push(net.sigmoid([a])[0]);
      const name = l === depth - 1 ? sign("y") : depth > 2 ? sign("h", undefined, l + 1) : sign("h");
      way.push(`${sign("a", undefined, l + 1)} = ${sum([held[l]], [weights[l]], biases[l])} = ${show(a)}, ${name} = σ(${show(a)}) = ${show(held[l + 1])}`);
    }
    const y = held[depth];
    /** @type {number[]} */
    const deltas = Array(depth);
    deltas[depth - 1] = (y - t) * slope(y);
    way.push(`${sign("δ", undefined, depth)} = (${show(y)} − ${t}) · ${show(y)} · ${show(1 - y)} = ${show(deltas[depth - 1])}`);
    for (let l = depth - 2; l >= 0; l--) {
      deltas[l] = deltas[l + 1] * weights[l + 1] * slope(held[l + 1]);
      way.push(`${sign("δ", undefined, l + 1)} = ${inside(deltas[l + 1])} · ${inside(weights[l + 1])} · ${show(slope(held[l + 1]))} = ${show(deltas[l])}`);
    }
    way.push(`slope of ${sign("w", undefined, 1)}: ${inside(x)} · ${inside(deltas[0])} = ${show(x * deltas[0])}`);
    return {
      given: [
        `one input ${sign("x")} = ${show(x)}, and one unit in each of ${depth} layers`,
        ...weights.map((w, l) => `${sign("w", undefined, l + 1)} = ${show(w)}, ${sign("b", undefined, l + 1)} = ${show(biases[l])}`),
        `target ${sign("t")} = ${t}`,
      ],
      asked: [
        ask(sign("y"), y, [[net.linear([held[depth - 1]], [[weights[depth - 1]]], [biases[depth - 1]])[0], "That is the linear combination. Its sigmoid is still to be taken."], [1 - y, "The exponent of e is −a, not a."]]),
        ...Array.from({ length: depth }, (_, k) => depth - 1 - k).map((l) =>
          ask(
            sign("δ", undefined, l + 1),
            deltas[l],
            l === depth - 1
              ? [[y - t, NO_SLOPE], [-deltas[l], SIGN]]
              : [
                  [deltas[l + 1] * weights[l + 1], NO_SLOPE],
                  [deltas[l + 1] * slope(held[l + 1]), "The weight on the way back is missing."],
                  [deltas[l + 1] * weights[l] * slope(held[l + 1]), "The weight out of the unit counts, not the one into it."],
                ],
          ),
        ),
        ask(`slope of ${sign("w", undefined, 1)}`, x * deltas[0], [[deltas[0], "What comes in is missing."], [weights[0] * deltas[0], "The error signal is multiplied by what comes in, not by the weight."]]),
      ],
      way,
    };
  };

  /** A net of two inputs, two hidden units and two outputs. @param {Draw} draw */
  const small = (draw) => {
    const params = { w: [row(draw, 2), row(draw, 2)], b1: row(draw, 2), u: [row(draw, 2), row(draw, 2)], b2: row(draw, 2) };
    const x = row(draw, 2);
    const t = [Math.round(draw.rest()), Math.round(draw.rest())];
    const trace = net.forward({ params, x, act: "sigmoid", end: "squares" });
    const delta2 = net.deltaOutput(trace.y, t);
    const delta1 = net.deltaHidden(delta2, params.u, trace.h);
    return { params, x, t, trace, delta1, delta2 };
  };

  /** @param {number[][]} table @param {string} letter */
  const told = (table, letter) => table.flatMap((line, i) => line.map((value, j) => `${sign(letter, `${i + 1}${j + 1}`)} = ${show(value)}`)).join(", ");
  /** @param {number[]} line @param {string} letter @param {number} [layer] */
  const list = (line, letter, layer) => line.map((value, i) => `${sign(letter, i + 1, layer)} = ${show(value)}`).join(", ");

  /** @type {Record<string, {title: string, make: (draw: Draw) => Drill}>} */
  const KINDS = {
    chain: { title: "A chain of three numbers", make: (draw) => chain(draw, 2) },
    layers: { title: "Three layers", make: (draw) => chain(draw, 3) },
    forward: {
      title: "The forward pass",
      make: (draw) => {
        const { params, x, trace } = small(draw);
        const { w, b1, u, b2 } = params;
        const column = (/** @type {number[][]} */ table, /** @type {number} */ j) => table.map((line) => line[j]);
        return {
          given: [list(x, "x"), told(w, "w"), list(b1, "b", 1), told(u, "u"), list(b2, "b", 2)],
          asked: [
            ask(sign("a", 1, 1), trace.a1[0], [[trace.a1[0] - b1[0], "The bias is missing."], [net.linear(x, [column(w, 0), column(w, 1)], b1)[0], "The first index says where a weight comes from, the second where it goes to."]]),
            ask(sign("h", 2), trace.h[1], [[trace.a1[1], "That is the linear combination. The unit holds its sigmoid."], [1 - trace.h[1], "The exponent of e is −a, not a."]]),
            ask(sign("y", 1), trace.y[0], [[trace.a2[0], "That is the linear combination. Its sigmoid is still to be taken."], [net.sigmoid([trace.a2[0] - b2[0]])[0], "The bias is missing."]]),
          ],
          way: [
            ...[0, 1].map((j) => `${sign("a", j + 1, 1)} = ${sum(x, column(w, j), b1[j])} = ${show(trace.a1[j])}, ${sign("h", j + 1)} = σ(${show(trace.a1[j])}) = ${show(trace.h[j])}`),
            ...[0, 1].map((k) => `${sign("a", k + 1, 2)} = ${sum(trace.h, column(u, k), b2[k])} = ${show(trace.a2[k])}, ${sign("y", k + 1)} = σ(${show(trace.a2[k])}) = ${show(trace.y[k])}`),
          ],
        };
      },
    },
    output: {
      title: "The error signals of the outputs",
      make: (draw) => {
        const a = row(draw, 2);
        const t = [Math.round(draw.rest()), Math.round(draw.rest())];
        const y = net.sigmoid(a);
        const delta = net.deltaOutput(y, t);
        return {
          given: [list(a, "a", 2), list(t, "t")],
          asked: delta.map((value, k) =>
            ask(sign("δ", k + 1, 2), value, [[y[k] - t[k], NO_SLOPE], [-value, SIGN], [(y[k] - t[k]) * a[k] * (1 - a[k]), "The slope is made of y, not of a."], [slope(y[k]), "That is the slope of the sigmoid. The error is missing."]]),
          ),
          way: y.map((value, k) => `${sign("y", k + 1)} = σ(${show(a[k])}) = ${show(value)}, ${sign("δ", k + 1, 2)} = (${show(value)} − ${t[k]}) · ${show(value)} · ${show(1 - value)} = ${show(delta[k])}`),
        };
      },
    },
    weights: {
      title: "One weight of each layer",
      make: (draw) => {
        const { params, x, trace, delta1, delta2 } = small(draw);
        const { u } = params;
        return {
          given: [list(x, "x"), list(trace.h, "h"), told(u, "u"), list(delta2, "δ", 2)],
          asked: [
            ask(`slope of ${sign("u", "12")}`, trace.h[0] * delta2[1], [[trace.h[1] * delta2[0], "That is u₂₁."], [u[0][1] * delta2[1], "The error signal is multiplied by what comes in, not by the weight."], [delta2[1], "What comes in is missing."]]),
            ask(`slope of ${sign("w", "21")}`, x[1] * delta1[0], [[x[0] * delta1[1], "That is w₁₂."], [delta1[0], "What comes in is missing."], [(x[1] * delta1[0]) / slope(trace.h[0]), NO_SLOPE], [x[1] * delta2[0] * u[0][0] * slope(trace.h[0]), "The path through output 2 is missing."]]),
          ],
          way: [
            `slope of ${sign("u", "12")}: ${show(trace.h[0])} · ${inside(delta2[1])} = ${show(trace.h[0] * delta2[1])}`,
            `${sign("δ", 1, 1)} = (${inside(delta2[0])} · ${inside(u[0][0])} + ${inside(delta2[1])} · ${inside(u[0][1])}) · ${show(slope(trace.h[0]))} = ${show(delta1[0])}`,
            `slope of ${sign("w", "21")}: ${inside(x[1])} · ${inside(delta1[0])} = ${show(x[1] * delta1[0])}`,
          ],
        };
      },
    },
    biases: {
      title: "All biases",
      make: (draw) => {
        const { params, trace, delta1, delta2, t } = small(draw);
        const { u } = params;
        return {
          given: [list(trace.h, "h"), told(u, "u"), list(trace.y, "y"), list(t, "t")],
          asked: [
            ...delta2.map((value, k) => ask(`slope of ${sign("b", k + 1, 2)}`, value, [[trace.y[k] - t[k], NO_SLOPE], [-value, SIGN]])),
            ...delta1.map((value, j) => ask(`slope of ${sign("b", j + 1, 1)}`, value, [[value / slope(trace.h[j]), NO_SLOPE], [delta2[0] * u[j][0] * slope(trace.h[j]), "The path through output 2 is missing."]])),
          ],
          way: [
            ...delta2.map((value, k) => `${sign("δ", k + 1, 2)} = (${show(trace.y[k])} − ${t[k]}) · ${show(trace.y[k])} · ${show(1 - trace.y[k])} = ${show(value)}`),
            ...delta1.map((value, j) => `${sign("δ", j + 1, 1)} = (${inside(delta2[0])} · ${inside(u[j][0])} + ${inside(delta2[1])} · ${inside(u[j][1])}) · ${show(slope(trace.h[j]))} = ${show(value)}`),
            "A bias has the slope of its linear combination: the error signal itself.",
          ],
        };
      },
    },
    update: {
      title: "One update",
      make: (draw) => {
        const h = row(draw, 2).map((value) => Math.abs(value));
        const [u1, u2, b] = row(draw, 3);
        const delta = draw.some() / 10;
        const eta = [0.5, 1, 2][Math.floor(draw.rest() * 3)];
        const after = [u1 - eta * h[0] * delta, u2 - eta * h[1] * delta, b - eta * delta];
        return {
          given: [list(h, "h"), `${sign("u", 1)} = ${show(u1)}, ${sign("u", 2)} = ${show(u2)}, ${sign("b")} = ${show(b)}`, `${sign("δ")} = ${show(delta)}, ${sign("η")} = ${show(eta)}`],
          asked: [
            ask(`the new ${sign("u", 1)}`, after[0], [[u1 + eta * h[0] * delta, "An update goes against the slope."], [eta === 1 ? NaN : u1 - h[0] * delta, "The learning rate is missing."], [u1 - eta * delta, "What comes in is missing."]]),
            ask(`the new ${sign("b")}`, after[2], [[b + eta * delta, "An update goes against the slope."], [eta === 1 ? NaN : b - delta, "The learning rate is missing."]]),
            ask("the change of the linear combination", -eta * delta * (h[0] ** 2 + h[1] ** 2 + 1), [[-eta * delta * (h[0] ** 2 + h[1] ** 2), "The bias changes too: the 1 is missing."], [eta * delta * (h[0] ** 2 + h[1] ** 2 + 1), "An update goes against the slope."]]),
          ],
          way: [
            `slopes: ${show(h[0])} · ${inside(delta)} = ${show(h[0] * delta)}, ${show(h[1])} · ${inside(delta)} = ${show(h[1] * delta)}, ${show(delta)} for the bias`,
            `the new ${sign("u", 1)} = ${show(u1)} − ${show(eta)} · ${inside(h[0] * delta)} = ${show(after[0])}`,
            `the new ${sign("u", 2)} = ${show(u2)} − ${show(eta)} · ${inside(h[1] * delta)} = ${show(after[1])}`,
            `the new ${sign("b")} = ${show(b)} − ${show(eta)} · ${inside(delta)} = ${show(after[2])}`,
            `the change of ${sign("a")} = −${show(eta)} · ${inside(delta)} · (${show(h[0] ** 2)} + ${show(h[1] ** 2)} + 1) = ${show(-eta * delta * (h[0] ** 2 + h[1] ** 2 + 1))}`,
          ],
        };
      },
    },
    rows: {
      title: "Two rows",
      make: (draw) => {
        const x = [row(draw, 2), row(draw, 2)];
        const delta = row(draw, 2).map((value) => value / 5);
        const slopes = [0, 1].map((i) => x[0][i] * delta[0] + x[1][i] * delta[1]);
        const bias = delta[0] + delta[1];
        return {
          given: [`two inputs and one unit; the rows (${show(x[0][0])}, ${show(x[0][1])}) and (${show(x[1][0])}, ${show(x[1][1])})`, `error signals ${show(delta[0])} and ${show(delta[1])}`],
          asked: [
            ...slopes.map((value, i) => ask(`slope of the ${i ? "second" : "first"} weight`, value, [[x[0][i] * delta[0], "The second row is missing."], [value / 2, "The loss is a sum, so the slope is a sum too, not a mean."], [x[i][0] * delta[0] + x[i][1] * delta[1], "A row is an example: a weight takes a column."]])),
            ask("slope of the bias", bias, [[delta[0], "The second row is missing."], [bias / 2, "The loss is a sum, so the slope is a sum too, not a mean."]]),
          ],
          way: [...slopes.map((value, i) => `${i ? "second" : "first"} weight: ${inside(x[0][i])} · ${inside(delta[0])} + ${inside(x[1][i])} · ${inside(delta[1])} = ${show(value)}`), `bias: ${show(delta[0])} + ${inside(delta[1])} = ${show(bias)}`],
        };
      },
    },
  };

  /** Return a drill. @param {string} kind @param {number} seed @returns {Drill} */
  const make = (kind, seed) => {
    const rest = numbers(seed * 16 + Object.keys(KINDS).indexOf(kind));
    const some = () => {
      const value = Math.round(rest() * 30 - 15) / 10;
      return value || 0.5;
    };
    const drill = KINDS[kind].make({ some, rest });
    for (const one of drill.asked) {
      // A slip that gives the right number, or nearly, says nothing.
      one.slips = one.slips.filter(([value]) => Math.abs(value - one.right) > 0.03 * Math.abs(one.right));
    }
    return drill;
  };

  return { KINDS, make, show };
})();

if (typeof document !== "undefined") {
  const place = /** @type {HTMLElement} */ (document.querySelector(".drills"));
  const choice = /** @type {HTMLSelectElement} */ (place.querySelector("select"));
  const seed = /** @type {HTMLInputElement} */ (place.querySelector("[type=number]"));
  const box = /** @type {HTMLFormElement} */ (place.querySelector("form"));
  const sheet = /** @type {HTMLElement} */ (place.querySelector(".sheet"));
  for (const [kind, { title }] of Object.entries(drills.KINDS)) choice.add(new Option(title, kind));

  /** @param {Drill} drill */
  const given = (drill) => `<ul>${drill.given.map((line) => `<li>${line}</li>`).join("")}</ul>`;

  const show = () => {
    const kind = choice.value;
    const number = Math.min(Math.max(Math.round(Number(seed.value)) || 1, 1), 999999);
    seed.value = String(number);
    history.replaceState(null, "", `#kind=${kind}&seed=${number}`);
    const drill = drills.make(kind, number);
    sheet.replaceChildren();
    const fields = drill.asked
      .map(({ say }, at) => `<p><span id="drill-${at}">${say}</span> = <input type="text" data-kind="number" autocomplete="off" aria-label="Your answer ${at + 1}" aria-describedby="drill-${at}"></p>`)
      .join("");
    box.innerHTML = `${given(drill)}${fields}<p><button type="submit">Check</button> <button type="button" class="step">Show a step</button> <button type="button" class="next">Next drill</button></p><ol class="way" aria-live="polite"></ol><p role="status"></p>`;
    const status = /** @type {HTMLElement} */ (box.querySelector("[role=status]"));
    const way = /** @type {HTMLElement} */ (box.querySelector(".way"));
    const inputs = [...box.querySelectorAll("input")];
    box.onsubmit = (event) => {
      event.preventDefault();
      const all = drill.asked.map(({ right, slips }, at) => answers.number({ kind: "number", right, slips }, inputs[at].value));
      status.textContent = answers.together(all);
      for (const [at, { verdict }] of all.entries()) {
        if (verdict === "Wrong") inputs[at].setAttribute("aria-invalid", "true");
        else inputs[at].removeAttribute("aria-invalid");
      }
    };
    const step = /** @type {HTMLButtonElement} */ (box.querySelector(".step"));
    step.onclick = () => {
      // What has the focus keeps it.
      if (way.childElementCount === drill.way.length) return;
      const item = document.createElement("li");
      item.innerHTML = drill.way[way.childElementCount];
      way.append(item);
      status.textContent = `Step ${way.childElementCount} of ${drill.way.length}.`;
      step.ariaDisabled = String(way.childElementCount === drill.way.length);
    };
    /** @type {HTMLButtonElement} */ (box.querySelector(".next")).onclick = () => {
      seed.value = String(number + 1);
      show();
      box.querySelector("input")?.focus();
    };
  };

  place.querySelector(".paper")?.addEventListener("click", () => {
    const first = Number(seed.value);
    const ten = Array.from({ length: 10 }, (_, k) => ({ number: first + k, drill: drills.make(choice.value, first + k) }));
    const { title } = drills.KINDS[choice.value];
    const asks = ten.map(({ number, drill }) => `<h3>${title}, drill ${number}</h3>${given(drill)}<p>${drill.asked.map(({ say }) => `${say} = ………`).join("&emsp;")}</p>`);
    const ways = ten.map(({ number, drill }) => `<h3>Drill ${number}, worked out</h3><ol>${drill.way.map((line) => `<li>${line}</li>`).join("")}</ol>`);
    sheet.innerHTML = `<div>${asks.join("")}</div><div class="solutions">${ways.join("")}</div>`;
    box.replaceChildren();
    print();
  });
  const fromAddress = () => {
    const wanted = new URLSearchParams(location.hash.slice(1));
    const kind = wanted.get("kind") ?? "";
    if (Object.hasOwn(drills.KINDS, kind)) choice.value = kind;
    const number = Number(wanted.get("seed"));
    seed.value = String(number >= 1 ? number : 1 + Math.floor(Math.random() * 9999));
    show();
  };
  choice.addEventListener("change", show);
  seed.addEventListener("change", show);
  addEventListener("hashchange", fromAddress);
  fromAddress();
}

// The arithmetic of the page: bp.equations, function by function, for one example. A row is an
// array, a table of weights an array of rows. No function changes what it is given.
"use strict";

/** @typedef {number[]} Row */
/** @typedef {number[][]} Table */
/** @typedef {{w: Table, b1: Row, u: Table, b2: Row}} Params */
/** @typedef {{x: Row, a1: Row, h: Row, a2: Row, y: Row}} Trace */
/** @typedef {"right" | "u-first" | "source"} Rule */
/** @typedef {"sigmoid" | "tanh" | "relu" | "leaky"} Act of the hidden units */
/** @typedef {"squares" | "cross-entropy" | "softmax"} End the loss, and the outputs that go with it */
/** @typedef {"plain" | "momentum" | "adam"} By how the dials turn */
/** @typedef {{rule: Rule, act: Act, end: End, by: By, dial: string}} Choices */
/** @typedef {{v: Params, m: Params, steps: number}} Memory what an update rule keeps from step to step */
/** @typedef {{params: Params, x: Row, t: Row, eta: number, eps: number, memory?: Memory} & Choices} Situation */

const net = (() => {
  /** @param {Row} row @param {Table} table @returns {Row} the matrix product */
  const product = (row, table) =>
    table[0].map((_, j) => row.reduce((sum, value, i) => sum + value * table[i][j], 0));

  /** @param {Table} table @returns {Table} */
  const transposed = (table) => table[0].map((_, j) => table.map((row) => row[j]));

  // --- bp.equations ---

  /** @param {Row} x @param {Table} w @param {Row} b */
  const linear = (x, w, b) => product(x, w).map((sum, j) => sum + b[j]);

  /** @param {Row} a @returns {Row} without an exponential above 1, which could overflow */
  const sigmoid = (a) =>
    a.map((value) => {
      const e = Math.exp(-Math.abs(value));
      return (value >= 0 ? 1 : e) / (1 + e);
    });

  // --- bp.activations: of each function its value at a, and its slope from the value ---

  /** @type {Record<Act, {value: (a: Row) => Row, slope: (h: number) => number}>} */
  const ACTIVATIONS = {
    sigmoid: { value: sigmoid, slope: (h) => h * (1 - h) },
    tanh: { value: (a) => a.map(Math.tanh), slope: (h) => 1 - h ** 2 },
    relu: { value: (a) => a.map((value) => Math.max(value, 0)), slope: (h) => (h > 0 ? 1 : 0) },
    leaky: {
      value: (a) => a.map((value) => Math.max(value, 0.01 * value)),
      slope: (h) => (h > 0 ? 1 : 0.01),
    },
  };

  /** @param {Row} a @returns {Row} shares that add up to 1 */
  const softmax = (a) => {
    const top = Math.max(...a);
    const e = a.map((value) => Math.exp(value - top));
    const all = sum(e);
    return e.map((value) => value / all);
  };

  /** @param {Row} row */
  const sum = (row) => row.reduce((all, value) => all + value, 0);

  /** @param {Row} one @param {Row} other */
  const dot = (one, other) => sum(one.map((value, k) => value * other[k]));

  // --- bp.losses ---

  /** @param {Row} y @param {Row} t */
  const loss = (y, t) => y.reduce((sum, value, k) => sum + (value - t[k]) ** 2, 0) / 2;

  /** @param {Row} y @param {Row} t @returns {Row} */
  const deltaOutput = (y, t) => y.map((value, k) => (value - t[k]) * value * (1 - value));

  /**
   * Of each loss: the outputs, the loss from a (without a logarithm of 0), the error signals, the
   * slopes along y, and what a nudge of a does to y.
   * @type {Record<End, {
   *   value: (a: Row) => Row, loss: (a: Row, t: Row) => number, delta: (y: Row, t: Row) => Row,
   *   slope: (y: Row, t: Row) => Row, dots: (y: Row, a: Row) => Row }>}
   */
  const ENDS = {
    squares: {
      value: sigmoid,
      loss: (a, t) => loss(sigmoid(a), t),
      delta: deltaOutput,
      slope: (y, t) => y.map((value, k) => value - t[k]),
      dots: (y, a) => a.map((value, k) => value * y[k] * (1 - y[k])),
    },
    "cross-entropy": {
      value: sigmoid,
      loss: (a, t) =>
        sum(a.map((v, k) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v))) - t[k] * v)),
      delta: (y, t) => y.map((value, k) => value - t[k]),
      slope: (y, t) => y.map((value, k) => (value - t[k]) / (value * (1 - value))),
      dots: (y, a) => a.map((value, k) => value * y[k] * (1 - y[k])),
    },
    softmax: {
      value: softmax,
      loss: (a, t) => {
        const top = Math.max(...a);
        const all = top + Math.log(sum(a.map((value) => Math.exp(value - top))));
        return dot(t, a.map((value) => all - value));
      },
      delta: (y, t) => y.map((value, k) => value * sum(t) - t[k]),
      slope: (y, t) => y.map((value, k) => -t[k] / value),
      dots: (y, a) => a.map((value, k) => y[k] * (value - dot(y, a))),
    },
  };

  // --- bp.equations again ---

  /** @param {Row} delta @param {Table} u @param {Row} h @param {Act} act @returns {Row} */
  const deltaHidden = (delta, u, h, act = "sigmoid") =>
    product(delta, transposed(u)).map((sum, j) => sum * ACTIVATIONS[act].slope(h[j]));

  /** @param {Row} x @param {Row} delta @returns {Table} */
  const weightGradient = (x, delta) => x.map((value) => delta.map((signal) => value * signal));

  /** @param {Row} delta @returns {Row} a single row is its own sum */
  const biasGradient = (delta) => [...delta];

  // --- bp.two_layer, and bp.deep for other activation functions and losses ---

  /** @param {Pick<Situation, "params" | "x" | "act" | "end">} situation @returns {Trace} */
  const forward = ({ params: { w, b1, u, b2 }, x, act, end }) => {
    const a1 = linear(x, w, b1);
    const h = ACTIVATIONS[act].value(a1);
    const a2 = linear(h, u, b2);
    const y = ENDS[end].value(a2);
    return { x, a1, h, a2, y };
  };

  /**
   * The error signals, by the right rule or with one of two mistakes that the book refutes.
   * @param {Situation} situation @param {Trace} trace
   */
  const deltas = ({ params, t, eta, rule, act, end }, { h, y }) => {
    const delta2 = ENDS[end].delta(y, t);
    const back = {
      right: () => params.u,
      "u-first": () => moved(params.u, weightGradient(h, delta2), eta),
      source: () => transposed(params.w),
    };
    return { delta1: deltaHidden(delta2, back[rule](), h, act), delta2 };
  };

  /** @param {Situation} situation @param {Trace} trace @returns {Params} */
  const gradients = (situation, trace) => {
    const { delta1, delta2 } = deltas(situation, trace);
    return {
      w: weightGradient(trace.x, delta1),
      b1: biasGradient(delta1),
      u: weightGradient(trace.h, delta2),
      b2: biasGradient(delta2),
    };
  };

  // --- bp.descent ---

  /** @param {Table} table @param {Table} gradient @param {number} eta @returns {Table} */
  const moved = (table, gradient, eta) =>
    table.map((row, i) => row.map((p, j) => p - eta * gradient[i][j]));

  /** @param {Params} p @param {Params} g @param {number} eta @returns {Params} */
  const update = (p, g, eta) => ({
    w: moved(p.w, g.w, eta),
    b1: moved([p.b1], [g.b1], eta)[0],
    u: moved(p.u, g.u, eta),
    b2: moved([p.b2], [g.b2], eta)[0],
  });

  // --- bp.updates ---

  /** @param {(...values: number[]) => number} rule @param {Params[]} all @returns {Params} */
  const each = (rule, ...all) => {
    /** @param {Row[]} rows */
    const row = (...rows) => rows[0].map((_, k) => rule(...rows.map((one) => one[k])));
    /** @param {Table[]} tables */
    const table = (...tables) => tables[0].map((_, i) => row(...tables.map((one) => one[i])));
    return {
      w: table(...all.map(({ w }) => w)),
      b1: row(...all.map(({ b1 }) => b1)),
      u: table(...all.map(({ u }) => u)),
      b2: row(...all.map(({ b2 }) => b2)),
    };
  };

  const BETA = 0.9;
  const BETA2 = 0.999;
  const ROOM = 1e-8;

  /**
   * Of each update rule, one step: new parameters, and what is kept for the next step.
   * @type {Record<By, (p: Params, g: Params, eta: number, kept: Memory) => {params: Params, memory: Memory}>}
   */
  const UPDATES = {
    plain: (p, g, eta, memory) => ({ params: update(p, g, eta), memory }),
    momentum: (p, g, eta, memory) => {
      const v = each((v, g) => BETA * v + g, memory.v, g);
      return { params: update(p, v, eta), memory: { ...memory, v } };
    },
    adam: (p, g, eta, memory) => {
      const steps = memory.steps + 1;
      const m = each((m, g) => BETA * m + (1 - BETA) * g, memory.m, g);
      const v = each((v, g) => BETA2 * v + (1 - BETA2) * g ** 2, memory.v, g);
      const one = 1 - BETA ** steps;
      const two = 1 - BETA2 ** steps;
      const turn = each((m, v) => m / one / (Math.sqrt(v / two) + ROOM), m, v);
      return { params: update(p, turn, eta), memory: { v, m, steps } };
    },
  };

  /** @param {Situation} situation @returns {Situation} the situation after one step */
  const stepped = (situation) => {
    const { params, eta, by, memory } = situation;
    const grads = gradients(situation, forward(situation));
    const none = each(() => 0, params);
    const kept = memory ?? { v: none, m: none, steps: 0 };
    return { ...situation, ...UPDATES[by](params, grads, eta, kept) };
  };

  // --- bp.gradient_check ---

  /** @param {Situation} situation */
  const lossOf = (situation) => ENDS[situation.end].loss(forward(situation).a2, situation.t);

  /** @param {Situation} situation @returns {Params} two losses for each parameter */
  const centralDifference = (situation) => {
    const { eps } = situation;
    const { w, b1, u, b2 } = situation.params;
    const params = { w: w.map((row) => [...row]), b1: [...b1], u: u.map((row) => [...row]), b2: [...b2] };
    /** @param {Row} row @returns {Row} */
    const slopes = (row) =>
      row.map((value, k) => {
        /** @param {number} step */
        const lossAt = (step) => {
          row[k] = value + step;
          return lossOf({ ...situation, params });
        };
        const slope = (lossAt(eps) - lossAt(-eps)) / (2 * eps);
        row[k] = value;
        return slope;
      });
    return {
      w: params.w.map(slopes),
      b1: slopes(params.b1),
      u: params.u.map(slopes),
      b2: slopes(params.b2),
    };
  };

  /** @param {Params} grads @param {Params} reference @returns {number} of the worst array */
  const relativeError = (grads, reference) =>
    Math.max(
      .../** @type {(keyof Params)[]} */ (["w", "b1", "u", "b2"]).map((name) => {
        const g = grads[name].flat();
        const r = reference[name].flat();
        const error = Math.hypot(...g.map((value, k) => value - r[k]));
        const size = Math.hypot(...r);
        return size ? error / size : error ? Infinity : 0;
      }),
    );

  // --- bp.forward_mode ---

  /**
   * How fast every value changes while one parameter turns at speed 1.
   * @param {Situation} situation @param {Trace} trace
   */
  const dots = ({ params, act, end, dial }, { x, h, y }) => {
    const [, key, i, j] = /** @type {RegExpMatchArray} */ (dial.match(/^(b\d|[wu])(\d)(\d?)$/));
    const one = { w: 0, b1: 0, u: 0, b2: 0, [key]: 1 };
    const at = Number(j || i) - 1;
    const from = Number(i) - 1;
    const a1 = h.map((_, k) => (k === at ? one.w * (x[from] ?? 0) + one.b1 : 0));
    const hidden = a1.map((value, k) => value * ACTIVATIONS[act].slope(h[k]));
    const through = product(hidden, params.u);
    const a2 = through.map((v, k) => v + (k === at ? one.u * (h[from] ?? 0) + one.b2 : 0));
    return { a1, h: hidden, a2, y: ENDS[end].dots(y, a2) };
  };

  // --- Every number of the page, by the name that its place on the page has ---

  /**
   * @param {Record<string, number>} into @param {string} name @param {Row | Table} values
   */
  const name = (into, name, values) =>
    values.forEach((value, i) => {
      if (typeof value === "number") into[name + (i + 1)] = value;
      else value.forEach((entry, j) => (into[`${name}${i + 1}${j + 1}`] = entry));
    });

  /** @param {Record<string, number>} into @param {string} prefix @param {Params} params */
  const nameParams = (into, prefix, { w, b1, u, b2 }) =>
    Object.entries({ w, b1, u, b2 }).forEach(([key, array]) => name(into, prefix + key, array));

  /** @param {Situation} situation @returns {Record<string, number>} */
  const values = (situation) => {
    const { params, x, t, eta, eps, act, end } = situation;
    const trace = forward(situation);
    const { delta1, delta2 } = deltas(situation, trace);
    const grads = gradients(situation, trace);
    const after = stepped(situation);
    const differences = centralDifference(situation);
    const paths = params.u.map((row) => row.map((weight, k) => delta2[k] * weight));
    const slopes = trace.h.map(ACTIVATIONS[act].slope);
    const nudged = dots(situation, trace);
    const along = ENDS[end].slope(trace.y, t);
    const priced = product(delta2, transposed(params.u));
    /** @type {Record<string, number>} */
    const all = {
      L: lossOf(situation),
      Lnext: lossOf(after),
      eta,
      eps,
      worst: relativeError(grads, differences),
    };
    const { a1, h, a2, y } = trace;
    for (const [key, row] of Object.entries({ x, t, a1, h, a2, y })) name(all, key, row);
    name(all, "ey", y.map((value, k) => value - t[k]));
    name(all, "sy", y.map((value) => value * (1 - value)));
    name(all, "sh", slopes);
    // What each nudge is worth, added up at four cuts through the net.
    name(all, "k", [
      dot(delta1, nudged.a1), dot(priced, nudged.h), dot(delta2, nudged.a2), dot(along, nudged.y),
    ]);
    name(all, "ly", along);
    for (const [key, row] of Object.entries(nudged)) name(all, `f${key}`, row);
    name(all, "d1", delta1);
    name(all, "d2", delta2);
    name(all, "p", paths);
    name(all, "gh", paths.map((row) => row[0] + row[1]));
    name(all, "q", paths[0].map((price) => price * slopes[0] * x[0]));
    nameParams(all, "", params);
    nameParams(all, "g", grads);
    nameParams(all, "n", after.params);
    nameParams(all, "c", differences);
    for (const key of Object.keys(all)) {
      if (/^c[wbu]/.test(key)) all[`o${key.slice(1)}`] = all[key] - all[`g${key.slice(1)}`];
    }
    return all;
  };

  return {
    linear, sigmoid, loss, deltaOutput, deltaHidden, weightGradient, biasGradient,
    forward, gradients, update, stepped, lossOf, centralDifference, relativeError, values,
  };
})();

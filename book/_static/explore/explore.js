// The page "The net, alive": one state, one function that shows it, and what changes it.
"use strict";

{
  const { CHOICES, LIMIT, fromLists, rangeOf, read, shown, toLists, writeState } = states;

  /** @template {Element} T @param {string} selector @param {new () => T} type @returns {T} */
  const one = (selector, type) => {
    const found = document.querySelector(selector);
    if (!(found instanceof type)) throw new Error(`no ${selector} on this page`);
    return found;
  };

  const page = one(".alive", HTMLElement);
  const preset = one("#preset", HTMLSelectElement);
  const stepChoice = one("#step", HTMLSelectElement);
  const choices = /** @type {HTMLSelectElement[]} */ ([
    ...page.querySelectorAll("select[data-choice]"),
  ]);
  const which = one("#which", HTMLElement);
  const pace = one("#pace", HTMLSelectElement);
  const runButton = one("#run", HTMLButtonElement);
  const resetButton = one("#reset", HTMLButtonElement);
  const backButton = one("#back", HTMLButtonElement);
  const nextButton = one("#next", HTMLButtonElement);
  const template = one("#curve", HTMLTemplateElement);
  template.replaceWith(template.content);
  const curve = one(".curve", SVGElement);
  const status = one("#said", HTMLElement);
  const places = /** @type {NodeListOf<HTMLElement | SVGElement>} */ (
    page.querySelectorAll("[data-value]")
  );
  const inSteps = new Set(page.querySelectorAll(".steps [data-value]"));
  const inTables = new Set(page.querySelectorAll(".in-both [data-value]"));
  const revealed = /** @type {NodeListOf<HTMLElement | SVGElement>} */ (
    page.querySelectorAll("[data-from]")
  );
  const parts = /** @type {NodeListOf<SVGElement>} */ (page.querySelectorAll("[data-part]"));
  const items = /** @type {HTMLElement[]} */ ([...page.querySelectorAll(".steps > li")]);
  const fields = /** @type {HTMLInputElement[]} */ ([
    ...page.querySelectorAll("input:not([type=radio])"),
  ]);
  const modes = /** @type {HTMLInputElement[]} */ ([...page.querySelectorAll("[name=mode]")]);

  // --- The state ---

  /** @param {string} text */
  const readState = (text) => states.readState(text, items.length);

  /** @type {State} */
  let state = readState("").state;
  let start = state.situation;
  /** The loss before each step that was taken, and now. @type {number[]} */
  let losses = [];
  /** @type {Record<string, number>} */
  let values = {};
  let running = false;

  /** What tells a situation from another, whatever is seen of it. @param {State} state */
  const situationOf = ({ situation }) =>
    writeState({ situation: { ...situation, dial: CHOICES.dial }, mode: "step", step: 1 });
  const presets = new Map(
    [...preset.options]
      .filter(({ value }) => value !== "own")
      .map(({ value }) => [situationOf(readState(value).state), value]),
  );

  // --- Showing ---

  /** @param {HTMLElement | SVGElement} place @param {string} text */
  const write = (place, text) => {
    if (written.get(place) === text) return;
    written.set(place, text);
    // A text that changes in place costs the browser less than a new one.
    if (text && place.firstChild instanceof Text) place.firstChild.data = text;
    else place.textContent = text;
  };
  /** What stands where: to ask the page would take longer. @type {Map<Element, string>} */
  const written = new Map();

  /** @param {string} text for a screen reader, and below the tables */
  const say = (text, complaint = false) => {
    status.classList.toggle("complaint", complaint);
    write(status, text);
  };

  const show = () => {
    const { situation, mode, step } = state;
    const stepping = mode === "step";
    values = net.values(stepping ? { ...situation, ...CHOICES } : situation);
    for (const place of places) {
      // Nobody sees the steps and the tables together.
      if (stepping ? inTables.has(place) : inSteps.has(place)) continue;
      const name = /** @type {string} */ (place.dataset.value);
      const text = shown(name, values[name]);
      const bracket = "inside" in place.dataset && text.startsWith("−");
      write(place, bracket ? `(${text})` : text);
    }
    for (const field of fields) {
      if (field.getAttribute("aria-invalid") || field === document.activeElement) continue;
      const text = shown(field.name, values[field.name]);
      if (field.value !== text) field.value = text;
    }
    page.dataset.mode = mode;
    for (const radio of modes) radio.checked = radio.value === mode;
    for (const choice of choices) {
      choice.value = situation[/** @type {keyof Choices} */ (choice.name)];
    }
    for (const place of revealed) {
      place.classList.toggle("later", stepping && Number(place.dataset.from) > step);
    }
    if (stepping) showStep();
    else showTraining();
    preset.value = presets.get(situationOf(state)) ?? "own";
  };

  const showStep = () => {
    const other = choices.filter(
      ({ name, value }) => name !== "dial" && value !== CHOICES[/** @type {keyof Choices} */ (name)],
    );
    which.hidden = !other.length;
    const chosen = other.map(({ selectedOptions: [option] }) => `“${option.text}”`).join(", ");
    write(
      which,
      "The steps show the right gradient of the net with sigmoids and squares. Training and the " +
        `check go by what is chosen there: ${chosen}.`,
    );
    const item = items[state.step - 1];
    items.forEach((other) => other.classList.toggle("now", other === item));
    const lit = item.dataset.lit?.split(" ") ?? [];
    for (const part of parts) part.classList.toggle("lit", lit.includes(part.dataset.part ?? ""));
    page.dataset.way = item.dataset.way;
    stepChoice.value = String(state.step);
    backButton.disabled = state.step === 1;
    nextButton.disabled = state.step === items.length;
  };

  const showTraining = () => {
    const taken = Math.max(losses.length - 1, 0);
    const all = taken ? losses : [values.L];
    const top = all.reduce((most, value) => Math.max(most, value), 0);
    const every = Math.ceil(all.length / 300);
    /** @param {number} k @returns {string} */
    const point = (k) =>
      `${((550 * k) / Math.max(taken, 1)).toFixed(1)},${(170 * (1 - all[k] / (top || 1))).toFixed(1)}`;
    const points = all.flatMap((_, k) => (k % every && k !== taken ? [] : [point(k)]));
    one(".curve polyline", SVGElement).setAttribute("points", points.join(" "));
    const [x, y] = points[points.length - 1].split(",");
    const dot = one(".curve circle", SVGElement);
    dot.setAttribute("cx", x);
    dot.setAttribute("cy", y);
    write(one("#curve-top", SVGElement), shown("L", top));
    write(one("#curve-end", SVGElement), `step ${taken}`);
    write(one("#taken", HTMLElement), String(taken));
    curve.setAttribute(
      "aria-label",
      `The loss, step by step: ${shown("L", all[0])} at first, ${shown("L", values.L)} after ` +
        `${taken} steps.`,
    );
    write(runButton, running ? "Pause" : "Run");
    resetButton.disabled = taken === 0;
  };

  /** @type {number | undefined} */
  let later;
  const rememberNow = () => {
    clearTimeout(later);
    later = undefined;
    const text = writeState(state);
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
  };
  /** Put the state into the address, but not so often that a browser refuses. */
  const remember = () => {
    clearTimeout(later);
    later = setTimeout(rememberNow, 200);
  };
  // Whoever leaves within that time comes back to what was there.
  addEventListener("pagehide", () => later && rememberNow());

  /** @param {Partial<State>} change */
  const set = (change) => {
    state = { ...state, ...change };
    show();
    if (!running) remember();
  };

  // --- Steps ---

  /** @param {number} step */
  const go = (step) => {
    set({ step: Math.min(Math.max(step, 1), items.length) });
    const item = items[state.step - 1];
    const numbers = [...item.querySelectorAll(".path")].map((path) => path.textContent);
    say(`${item.querySelector(".title")?.textContent}. ${numbers.join("; ")}`);
  };
  backButton.addEventListener("click", () => go(state.step - 1));
  nextButton.addEventListener("click", () => go(state.step + 1));
  stepChoice.addEventListener("change", () => go(Number(stepChoice.value)));

  for (const radio of modes) {
    radio.addEventListener("change", () => {
      pause();
      say("");
      set({ mode: /** @type {Mode} */ (radio.value) });
    });
  }

  // --- Values: typed or dragged ---

  /** Forget the training: a net with another number in it starts anew. */
  const restart = () => {
    pause();
    state.situation = { ...state.situation, memory: undefined };
    start = state.situation;
    losses = [];
  };

  /** @param {string} name @param {number} value @returns {Situation} */
  const withValue = (name, value) => {
    const lists = structuredClone(toLists(state.situation));
    if (name in lists) lists[name][0] = value;
    else {
      const [, key, i, j] = /** @type {RegExpMatchArray} */ (name.match(/^(b\d|[a-z])(\d)(\d?)$/));
      lists[key][j ? (+i - 1) * (key === "w" ? 3 : 2) + +j - 1 : +i - 1] = value;
    }
    return fromLists(lists, state.situation);
  };

  /** @param {string} name @param {number} value */
  const change = (name, value) => {
    const situation = withValue(name, value);
    // A run goes on with another learning rate.
    if (name === "eta" || name === "eps") {
      return set({ situation: { ...situation, memory: state.situation.memory } });
    }
    state.situation = situation;
    restart();
    set({});
  };

  /** @param {HTMLInputElement} field @param {string} message */
  const complain = (field, message) => {
    const error = one(`#error-${field.name}`, HTMLElement);
    write(error, message);
    if (message) {
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", error.id);
    } else {
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-describedby");
    }
  };

  const forgive = () => fields.forEach((field) => complain(field, ""));

  for (const field of fields) {
    const { name } = field;
    field.addEventListener("input", () => {
      const value = read(name, field.value);
      if (value === null) return;
      complain(field, "");
      change(name, value);
    });
    field.addEventListener("change", () => {
      if (read(name, field.value) !== null) {
        say(`${field.ariaLabel} is ${field.value}; the loss is ${shown("L", values.L)}.`);
        return;
      }
      const { says } = rangeOf(name);
      complain(field, `Expects ${says}. Still ${shown(name, values[name])}.`);
      say(`${field.ariaLabel} expects ${says}. It is still ${shown(name, values[name])}.`);
    });
    field.addEventListener("keydown", (event) => {
      const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!way && event.key !== "Escape") return;
      event.preventDefault();
      complain(field, "");
      const { least, most } = rangeOf(name);
      // The step of a difference goes by powers of ten.
      const next = !way
        ? values[name]
        : name === "eps"
          ? Number((values.eps * 10 ** way).toPrecision(12))
          : Number((values[name] + way / 10).toFixed(10));
      const kept = next >= least && next <= most ? next : values[name];
      // Before all else changes: the caret of a field makes the browser lay out the page at once.
      field.value = shown(name, kept);
      if (kept !== values[name]) change(name, kept);
      if (way) say(`${field.ariaLabel} is ${field.value}; the loss is ${shown("L", values.L)}.`);
    });
  }

  for (const grip of /** @type {NodeListOf<SVGElement>} */ (page.querySelectorAll("[data-drag]"))) {
    const name = /** @type {string} */ (grip.dataset.drag);
    /** Where the finger came down, and the value then. @type {{x: number, value: number} | null} */
    let down = null;
    let dragged = false;
    // Or the browser takes the move for its own: it does not heed touch-action inside a drawing.
    grip.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
    grip.addEventListener("pointerdown", (event) => {
      // The other buttons of a mouse, and a second finger, mean something else.
      if (event.button || !event.isPrimary) return;
      down = { x: event.clientX, value: values[name] };
      dragged = false;
      grip.setPointerCapture(event.pointerId);
    });
    grip.addEventListener("pointermove", (event) => {
      if (!down || (!dragged && Math.abs(event.clientX - down.x) < 4)) return;
      dragged = true;
      const value = Number((down.value + (event.clientX - down.x) / 50).toFixed(2));
      complain(one(`#field-${name}`, HTMLInputElement), "");
      change(name, Math.min(Math.max(value, -LIMIT), LIMIT));
    });
    grip.addEventListener("pointerup", ({ clientX, clientY }) => {
      if (!down) return;
      down = null;
      // What comes up elsewhere chooses nothing.
      if (!dragged && !grip.contains(document.elementFromPoint(clientX, clientY))) return;
      if (dragged) return say(`${name} is ${shown(name, values[name])}.`);
      if (state.mode === "step") set({ mode: "change" });
      const field = one(`#field-${name}`, HTMLInputElement);
      field.focus();
      field.select();
    });
    grip.addEventListener("pointercancel", () => (down = null));
  }

  for (const choice of choices) {
    choice.addEventListener("change", () => {
      state.situation = { ...state.situation, [choice.name]: choice.value };
      // Another function is another net: its training starts anew.
      if (choice.name === "act" || choice.name === "end") restart();
      // What one update rule keeps means nothing to another.
      if (choice.name === "by") state.situation.memory = undefined;
      set({});
      say(`The loss is ${shown("L", values.L)}.`);
    });
  }

  // --- Training ---

  const MOST_STEPS = 100_000;

  /** @param {number} count @returns {string} why no more steps are taken, or nothing */
  const take = (count) => {
    if (!losses.length) losses = [net.lossOf(state.situation)];
    for (let k = 0; k < count; k++) {
      if (losses.length > MOST_STEPS) return `${MOST_STEPS} steps are enough for this page.`;
      const next = net.stepped(state.situation);
      if (Object.values(next.params).flat(2).some((value) => Math.abs(value) > LIMIT)) {
        return "The next step would leave the range of numbers here. Take a smaller learning rate.";
      }
      state.situation = next;
      losses.push(net.lossOf(next));
    }
    return "";
  };

  one("#take", HTMLButtonElement).addEventListener("click", () => {
    pause();
    forgive();
    const before = values.L;
    const stop = take(1);
    set({});
    say(stop || `The loss was ${shown("L", before)} and is ${shown("L", values.L)}.`);
  });

  const frame = () => {
    if (!running) return;
    const stop = take(Number(pace.value));
    set({});
    if (stop) {
      pause();
      say(stop);
    } else requestAnimationFrame(frame);
  };

  const pause = () => {
    if (!running) return;
    running = false;
    set({});
    say(`Paused after ${losses.length - 1} steps. The loss is ${shown("L", values.L)}.`);
  };

  runButton.addEventListener("click", () => {
    if (running) return pause();
    forgive();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      // No moving picture: the same steps as in ten seconds, at once.
      const stop = take(600 * Number(pace.value));
      set({});
      say(stop || `After ${losses.length - 1} steps the loss is ${shown("L", values.L)}.`);
      return;
    }
    running = true;
    say("Running.");
    frame();
  });

  resetButton.addEventListener("click", () => {
    pause();
    losses = [];
    forgive();
    set({ situation: { ...state.situation, params: start.params, memory: undefined } });
    say(`Back at the start. The loss is ${shown("L", values.L)}.`);
  });

  // --- Where the page starts ---

  /** @param {string} text */
  const open = (text) => {
    const { state: wanted, complaints } = readState(text);
    state = wanted;
    restart();
    forgive();
    show();
    const refused = complaints.length > 0;
    say(refused ? `The address cannot be read in full: ${complaints.join("; ")}.` : "", refused);
  };

  const fromAddress = () => {
    const text = states.decoded(location.hash.slice(1));
    if (text.includes("=") || !text) open(text);
    // Else it is a place on the page, such as a heading. The situation stays in the address.
    else if (writeState(state)) remember();
  };

  preset.addEventListener("change", () => {
    const { mode } = state;
    open(preset.value);
    if (!preset.value) set({ mode });
    else remember();
  });
  addEventListener("hashchange", fromAddress);
  // A browser may put old texts back into the fields of a page that is loaded again.
  addEventListener("pageshow", show);
  open("");
  fromAddress();
}

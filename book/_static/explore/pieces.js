// The small pieces in the chapters: a slider, and the numbers and the dots that follow it.
"use strict";

/** What each piece computes, as _site/pieces.py does. */
const pieces = {
  /** @param {number} p */
  dial: (p) => ({ p, L: (p - 2) ** 2 / 2, slope: p - 2 }),
  /** @param {number} a */
  saturated: (a) => {
    const [y] = net.sigmoid([a]);
    return { a, y, delta: net.deltaOutput([y], [0])[0] };
  },
};

if (globalThis.document) {
  /** @type {Record<string, number>} */
  const digits = { p: 1, L: 3, slope: 1, a: 1, y: 4, delta: 4 };

  for (const piece of document.querySelectorAll("[data-piece]:has([type=range])")) {
    const input = /** @type {HTMLInputElement} */ (piece.querySelector("[type=range]"));
    const kind = /** @type {keyof typeof pieces} */ (piece.getAttribute("data-piece"));
    const curves = /** @type {SVGPolylineElement[]} */ ([...piece.querySelectorAll("polyline")]);
    const tangent = piece.querySelector(".tangent");
    const dots = [...piece.querySelectorAll("circle")];

    const show = () => {
      /** @type {Record<string, number>} */
      const numbers = pieces[kind](Number(input.value));
      for (const place of piece.querySelectorAll("[data-value]")) {
        const name = place.getAttribute("data-value") ?? "";
        const text = numbers[name].toFixed(digits[name]);
        place.textContent = (Number(text) ? text : text.replace("-", "")).replace("-", "−");
      }
      // Each dot lies on its curve, between the two points of it that are nearest.
      const part = (Number(input.value) - Number(input.min)) / (Number(input.max) - Number(input.min));
      curves.forEach(({ points }, k) => {
        const at = part * (points.numberOfItems - 1);
        const [from, to] = [Math.floor(at), Math.ceil(at)].map((place) => points.getItem(place));
        const x = from.x + (at % 1) * (to.x - from.x);
        const y = from.y + (at % 1) * (to.y - from.y);
        dots[k].setAttribute("cx", `${x}`);
        dots[k].setAttribute("cy", `${y}`);
        // The drawing has 50 pixels for 1 across, and 23 for 1 upwards.
        const angle = (Math.atan2(-23 * numbers.slope, 50) * 180) / Math.PI;
        tangent?.setAttribute("transform", `translate(${x} ${y}) rotate(${angle})`);
      });
      const said = piece.querySelector("p:has([data-value])")?.textContent ?? "";
      input.setAttribute("aria-valuetext", said.trim());
    };
    input.addEventListener("input", show);
    show();
  }
}

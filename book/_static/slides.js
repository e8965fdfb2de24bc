// Slides: keys, taps at the edges, derivations line by line. Without it they are a page to scroll.
"use strict";

const slides = [...document.querySelectorAll(".slide")];
const FORTH = new Set(["ArrowRight", "ArrowDown", "PageDown", " "]);
const BACK = new Set(["ArrowLeft", "ArrowUp", "PageUp"]);
// A tap so near to the edge turns the slide.
const EDGE = 0.12;
let here = 0;
// The lines of the slide in view that are still to come, each a list of elements.
let held = [];

/** Return the lines of the derivations on a slide: what stands at one height, and its reason. */
function lines(slide) {
  return [...slide.querySelectorAll(".derived")].flatMap((derived) => {
    const rows = new Map();
    for (const column of derived.querySelectorAll(".katex-html .mtable > [class^=col-align]")) {
      for (const part of column.querySelector(".vlist").children) {
        rows.set(part.style.top, [...(rows.get(part.style.top) ?? []), part]);
      }
    }
    const found = [...rows.values()];
    const reasons = [...derived.querySelectorAll(".why p")];
    // Each line comes with its reason, or the last with all.
    const own = reasons.length === found.length;
    reasons.forEach((reason, k) => found.at(own ? k : -1)?.push(reason));
    return found.length > 1 ? found : [];
  });
}

function hold(parts) {
  held.flat().forEach((part) => part.classList.remove("held"));
  held = parts;
  held.flat().forEach((part) => part.classList.add("held"));
}

/** However one comes to a slide, the address says its number, and the one that is left is whole. */
function arrive(k) {
  if (k !== here) hold([]);
  here = k;
  history.replaceState(null, "", `#${slides[k].id}`);
}

/** Turn to a slide; where one goes forth, its derivation begins with its first line. */
function turn(k, forth) {
  if (!slides[k]) return;
  arrive(k);
  hold(forth ? lines(slides[k]).slice(1) : []);
  slides[k].scrollIntoView({ behavior: "instant" });
  slides[k].querySelector("h1, h2").focus({ preventScroll: true });
}

function next() {
  if (held.length) held.shift().forEach((part) => part.classList.remove("held"));
  else turn(here + 1, true);
}

const scrolls = (element) => element.closest("pre[tabindex], .scroll[tabindex]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { key } = event;
  const { top, bottom } = slides[here].getBoundingClientRect();
  const forth = FORTH.has(key) && !event.shiftKey;
  const back = BACK.has(key) || (key === " " && event.shiftKey);
  // A slide that is higher than the screen is scrolled first, and so is a box that has the focus.
  if ((forth && bottom > innerHeight + 2) || (back && top < -2)) return;
  if (key.startsWith("Arrow") && scrolls(event.target)) return;
  if (forth) next();
  else if (back) turn(here - 1);
  else if (key === "Home") turn(0);
  else if (key === "End") turn(slides.length - 1);
  else if (key !== "f") return;
  else if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen();
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("a") || scrolls(event.target) || String(getSelection())) return;
  const place = event.clientX / innerWidth;
  if (place < EDGE) turn(here - 1);
  if (place > 1 - EDGE) next();
});

const middle = new IntersectionObserver((seen) => {
  for (const { target, isIntersecting } of seen) {
    // What is told late may have been left by now.
    const { top, bottom } = target.getBoundingClientRect();
    const stays = top < 0.51 * innerHeight && bottom > 0.49 * innerHeight;
    if (isIntersecting && stays) arrive(slides.indexOf(target));
  }
}, { rootMargin: "-49% 0% -49% 0%" });
slides.forEach((slide) => middle.observe(slide));

// A box that scrolls is a stop of the Tab key.
const sizes = new ResizeObserver((seen) => {
  for (const { target: box } of seen) {
    if (box.scrollWidth > box.clientWidth) {
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", `${box.dataset.label ?? "Code"}, scrolls sideways`);
    } else for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
  }
});
document.querySelectorAll(".shown .scroll, .shown pre").forEach((box) => sizes.observe(box));

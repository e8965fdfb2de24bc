// What the pages do beyond HTML and CSS. Everything can be read and reached without it.
"use strict";

const root = document.documentElement;

// The theme: automatic, light or dark, remembered where the browser lets us.
const themes = ["auto", "light", "dark"];
const button = document.getElementById("theme");
const show = (theme) => {
  root.dataset.theme = theme;
  button.textContent = `Theme: ${theme}`;
};
show(themes.includes(root.dataset.theme) ? root.dataset.theme : "auto");
button.addEventListener("click", () => {
  show(themes[(themes.indexOf(root.dataset.theme) + 1) % themes.length]);
  try {
    localStorage.theme = root.dataset.theme;
  } catch {
    // A browser that stores nothing forgets the theme.
  }
});

// A place that has moved to another page is followed there.
const follow = () => {
  const link = document.getElementById(location.hash.slice(1));
  if (link?.closest(".moved")) location.replace(link.href);
};
follow();
addEventListener("hashchange", follow);

// A box that is too wide for the screen scrolls, and must then be reachable by keyboard. All are read
// before one is changed: to read a size after a change would lay out the page once more.
const sizes = new ResizeObserver((entries) => {
  const boxes = entries.map(({ target }) => [target, target.scrollWidth > target.clientWidth]);
  for (const [box, scrolls] of boxes) {
    if (scrolls) {
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", `${box.dataset.label ?? "Code"}, scrolls sideways`);
    } else if (box.hasAttribute("tabindex")) {
      for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
    }
  }
});
for (const code of document.querySelectorAll("pre")) sizes.observe(code);
// A formula has its size once it is near the screen: before that the browser does not lay it out.
const screens = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      screens.unobserve(target);
      sizes.observe(target);
    }
  },
  { rootMargin: "100%" },
);
for (const box of document.querySelectorAll(".scroll")) screens.observe(box);

// A menu that covers the page closes once a place on the page is chosen.
const menu = document.getElementById("menu");
menu.addEventListener("click", (event) => {
  if (event.target.closest("a") && menu.matches(":popover-open")) menu.hidePopover();
});

// Code can be copied.
if (navigator.clipboard) {
  for (const code of document.querySelectorAll(".cell_input pre")) {
    const copy = document.createElement("button");
    copy.type = "button";
    copy.className = "copy";
    copy.textContent = "Copy";
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(code.textContent.trimEnd());
      copy.textContent = "Copied";
      setTimeout(() => (copy.textContent = "Copy"), 2000);
    });
    code.parentElement.append(copy);
  }
}

// A formula is copied as its LaTeX, whole and once; code without the word on its button.
const formulaAround = (node) =>
  (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement).closest("[data-latex]");
document.addEventListener("copy", (event) => {
  const selection = getSelection();
  if (selection.isCollapsed) return;
  const range = selection.getRangeAt(0).cloneRange();
  const [first, last] = [range.startContainer, range.endContainer].map(formulaAround);
  if (first) range.setStartBefore(first);
  if (last) range.setEndAfter(last);
  const copied = document.createElement("div");
  copied.append(range.cloneContents());
  const formulas = copied.querySelectorAll("[data-latex]");
  if (!formulas.length && !copied.querySelector(".copy, .headerlink")) return;
  for (const formula of formulas) {
    const { latex } = formula.dataset;
    const around = first && first === last ? "" : formula.matches(".display *") ? "$$" : "$";
    const code = document.createElement("code");
    code.textContent = around + latex + around;
    formula.replaceWith(code);
  }
  for (const other of copied.querySelectorAll(".copy, .headerlink")) other.remove();
  // Only what is on the page has its lines.
  copied.className = "copied";
  document.body.append(copied);
  event.clipboardData.setData("text/plain", copied.innerText);
  copied.remove();
  event.preventDefault();
});

// Paper has nothing to unfold: open all, and close again what was closed.
let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const details of closed) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of closed) details.open = false;
});

// A cell runs where it stands. What runs it is loaded when a reader first asks for it, and not before.
const live = document.querySelector(".live[data-script]");
if (live) {
  const ask = async (event) => {
    const place = event?.target.closest(".live button, .cell_input .highlight");
    if (event && (!place || event.target.closest(".copy") || String(getSelection()))) return;
    removeEventListener("click", ask);
    try {
      if (location.protocol === "file:") throw "a page from a disk cannot: serve its folder with python3 -m http.server";
      await (await import(new URL(live.dataset.script, location))).begin(place, event);
    } catch (error) {
      live.lastChild.after(` Nothing runs: ${error.message ?? error}.`);
    }
  };
  addEventListener("click", ask);
  try {
    if (localStorage.getItem(`cells:${location.pathname}`)) ask();
  } catch {
    // A browser that stores nothing has kept no changes.
  }
}

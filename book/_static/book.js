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

// A box that is too wide for the screen scrolls, and must then be reachable by keyboard. To ask for
// its size lays it out, so this is done a few at a time and keeps nobody waiting.
const SLICE = 8;
let boxes = [];
const reach = (box) => {
  // What is folded has no size.
  if (box.closest("details:not([open])")) return;
  // A formula far from the screen is measured itself: its box does not know it yet.
  const content = box.matches(".display *") ? box.firstElementChild : box;
  if (content.scrollWidth > box.clientWidth) {
    box.tabIndex = 0;
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", `${box.dataset.label ?? "Code"}, scrolls sideways`);
  } else if (box.hasAttribute("tabindex")) {
    for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
  }
};
const reachSome = () => {
  const end = performance.now() + SLICE;
  while (boxes.length && performance.now() < end) reach(boxes.shift());
  if (boxes.length) setTimeout(reachSome);
};
const reachAll = () => {
  const idle = !boxes.length;
  boxes = [...document.querySelectorAll(".scroll, pre")];
  if (idle) setTimeout(reachSome);
};
new ResizeObserver(reachAll).observe(document.getElementById("content"));
document.addEventListener("toggle", reachAll, true);

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

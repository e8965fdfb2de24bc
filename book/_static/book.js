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

// A page read from its beginning is laid out near the screen only. A link may lead further: then the
// rest takes its height first.
addEventListener("click", ({ target }) => {
  if (target.closest?.("a")) root.classList.remove("begun");
}, true);

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
// A formula has its size while it is near the screen: elsewhere the browser does not lay it out, and
// does not say so where the screen has changed in the meantime.
const screens = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) sizes.observe(target);
      else sizes.unobserve(target);
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

// The contents mark the section in view: the one that a line near the top of the screen runs through.
const links = new Map();
for (const link of menu.querySelectorAll("ol > li > ul > li > a")) {
  const section = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (section) links.set(section, link);
}
const inView = new Set();
const orientation = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) inView.add(target);
      else inView.delete(target);
    }
    for (const [section, link] of links) {
      if (!inView.has(section)) link.removeAttribute("aria-current");
      else {
        link.setAttribute("aria-current", "location");
        const { top, bottom } = link.getBoundingClientRect();
        if (top < 0 || bottom > innerHeight) menu.parentElement.scrollTop += top - innerHeight / 2;
      }
    }
  },
  { rootMargin: "-25% 0px -74.9% 0px" },
);
for (const section of links.keys()) orientation.observe(section);

// A report of an error names the section that is read when the link is followed.
const report = document.getElementById("report");
const unplaced = report?.href;
report?.addEventListener("click", () => {
  const anchors = [...document.querySelectorAll("main section[id]")];
  const read = anchors.findLast((one) => one.getBoundingClientRect().top <= innerHeight / 4);
  const { place } = report.dataset;
  if (read) report.href = unplaced.replace(place, `${place}%23${encodeURIComponent(read.id)}`);
});

// A reference to an equation shows it: under the mouse, with the focus, at the first touch.
const REFERENCE = "main a[href*='#equation-']:not(.eqno)";
const preview = document.createElement("div");
preview.id = "preview";
preview.setAttribute("role", "tooltip");
let referring = null;
let waiting;
const equationOf = async (link) => {
  const id = decodeURIComponent(link.hash.slice(1));
  const here = document.getElementById(id);
  if (here && link.pathname === location.pathname) return here;
  // Those of other pages come in a script, which a page on a disk may load too.
  const template = document.querySelector("template.equations");
  if (template) {
    const script = document.createElement("script");
    script.src = template.content.firstElementChild.getAttribute("src");
    template.remove();
    document.head.append(script);
    await new Promise((done) => script.addEventListener("load", done));
  }
  const holder = document.createElement("template");
  holder.innerHTML = window.equations?.[id] ?? "";
  return holder.content.firstElementChild;
};
const hidePreview = () => {
  clearTimeout(waiting);
  preview.remove();
  referring?.removeAttribute("aria-describedby");
  referring = null;
};
const showPreview = async (link) => {
  clearTimeout(waiting);
  if (link === referring) return;
  hidePreview();
  referring = link;
  const equation = await equationOf(link);
  if (!equation || link !== referring) return;
  const copy = equation.cloneNode(true);
  for (const inside of [copy, ...copy.querySelectorAll("[id]")]) inside.removeAttribute("id");
  for (const name of ["href", "title"]) copy.querySelector(".eqno")?.removeAttribute(name);
  copy.querySelector(".scroll")?.removeAttribute("tabindex");
  preview.replaceChildren(copy);
  document.getElementById("content").append(preview);
  link.setAttribute("aria-describedby", "preview");
  const { left, top, bottom } = link.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = preview;
  const above = bottom + height + 16 > innerHeight && top > height + 80;
  preview.style.left = `${Math.max(16, Math.min(left, root.clientWidth - width - 16)) + scrollX}px`;
  preview.style.top = `${(above ? top - height - 6 : bottom + 6) + scrollY}px`;
};
document.addEventListener("pointerover", ({ target, pointerType }) => {
  if (pointerType !== "mouse") return;
  const link = target.closest(REFERENCE);
  clearTimeout(waiting);
  if (link) waiting = setTimeout(() => showPreview(link), 150);
  // A page that scrolls under a mouse at rest takes nothing from who reads with the keyboard.
  else if (referring && !preview.contains(target) && !referring.matches(":focus-visible"))
    waiting = setTimeout(hidePreview, 250);
});
document.addEventListener("focusin", ({ target }) => {
  if (target.matches(REFERENCE) && target.matches(":focus-visible")) showPreview(target);
  else if (referring !== target) hidePreview();
});
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") hidePreview();
});
document.addEventListener("click", (event) => {
  const link = event.target.closest?.(REFERENCE);
  if (link && event.pointerType === "touch" && link !== referring) {
    event.preventDefault();
    showPreview(link);
  } else if (!preview.contains(event.target)) hidePreview();
});

// Code can be copied.
if (navigator.clipboard) {
  for (const code of document.querySelectorAll(":is(.cell_input, .listing) pre")) {
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

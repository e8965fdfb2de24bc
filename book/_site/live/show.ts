/** What a cell shows, as elements of the page. */

import type { Item, Live } from "./protocol";

/** Make an element with text and attributes. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  text = "",
  attributes: Record<string, string> = {},
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

const DRAWING = "image/svg+xml";
let drawings = 0;

/** Return a drawing in the colours of the page; its ids are its own. */
function drawing(text: string, label: string, live: Live): Element | null {
  const prefix = `live${++drawings}-`;
  const svg = text
    .replace(/<metadata>[^]*?<\/metadata>/, "")
    .replace(/#[0-9a-f]{6}\b/gi, (colour) => {
      const name = live.colours[colour.toLowerCase()];
      return name ? `var(--${name})` : colour;
    })
    .replace(/\bid="/g, `$&${prefix}`)
    .replace(/(href="|url\()#/g, `$1#${prefix}`);
  const found = new DOMParser().parseFromString(svg, "text/html").querySelector("svg");
  found?.querySelectorAll("script, foreignObject").forEach((one) => one.remove());
  found?.setAttribute("role", "img");
  found?.setAttribute("aria-label", label);
  return found;
}

/** The marks that `check` and `source` write: a role, code, or a formula. */
const MARKS = /\{(eq|py:obj)\}`([^`]+)`|`([^`]+)`|\$([^$]+)\$/g;

function line(text: string, live: Live, root: URL): HTMLElement {
  const made = element("p");
  let end = 0;
  for (const match of text.matchAll(MARKS)) {
    made.append(text.slice(end, match.index));
    end = match.index + match[0].length;
    const [, role, target, code, latex] = match;
    if (role && target) {
      const [words, address] =
        role === "eq" ? (live.equations[target] ?? [target, ""]) : [target, live.names[target] ?? ""];
      const shown = role === "eq" ? words : element("code", words);
      if (!address) made.append(shown);
      else {
        const link = element("a", "", { href: new URL(address, root).href });
        link.append(shown);
        made.append(link);
      }
    } else made.append(element("code", code ?? latex ?? ""));
  }
  made.append(text.slice(end));
  return made;
}

/** Return the Markdown that the book's own functions give, as elements. */
function markdown(text: string, live: Live, root: URL): HTMLElement[] {
  const made: HTMLElement[] = [];
  for (const [number, part] of text.split(/^```\w*$/m).entries()) {
    if (number % 2) {
      const pre = element("pre");
      pre.append(element("code", part.replace(/^\n|\n$/g, "")));
      made.push(pre);
    } else
      for (const paragraph of part.split(/\n{2,}/))
        if (paragraph.trim()) made.push(line(paragraph.trim(), live, root));
  }
  return made;
}

function one(item: Item, label: string, live: Live, root: URL): Element[] {
  if (item.kind === "cut") return [element("p", `More than ${item.text} characters: the rest is not shown.`)];
  if (item.kind !== "show") return [element("pre", item.text, { class: item.kind })];
  const svg = item.data[DRAWING];
  if (svg !== undefined) {
    const found = drawing(svg, label, live);
    return found ? [found] : [];
  }
  const marked = item.data["text/markdown"];
  if (marked !== undefined) return markdown(marked, live, root);
  return [element("pre", item.data["text/plain"] ?? "")];
}

/** Return a copy of what is printed, with drawings made anew. */
function copied(printed: Element, items: Item[], live: Live): Element[] {
  const copy = printed.cloneNode(true) as Element;
  for (const inside of copy.querySelectorAll("[id]:not(svg *)")) inside.removeAttribute("id");
  const fresh = items.flatMap((item) => (item.kind === "show" && item.data[DRAWING]) || []);
  [...copy.querySelectorAll("svg[role=img]")].forEach((old, number) => {
    const made = drawing(fresh[number] ?? "", old.getAttribute("aria-label") ?? "", live);
    if (made) old.replaceWith(made);
  });
  return [...copy.children];
}

/** Return the elements for all outputs of a cell. */
export function shown(items: Item[], printed: Element | null, same: boolean, live: Live, root: URL): Element[] {
  // What is as printed is shown as it was printed, with its numbers, links and colours.
  if (same && printed) return copied(printed, items, live);
  return items.flatMap((item) => one(item, "Drawn by this cell", live, root));
}

/** Join what was printed between other outputs, as the stored notebooks do. */
function joined(items: Item[]): string[] {
  const texts = new Map<string, number>();
  const parts: string[] = [];
  for (const item of items) {
    if (item.kind === "show") {
      // A drawing has other bytes under another version of Matplotlib: its size and axes count.
      const form = item.data[DRAWING] === undefined && item.data["text/markdown"];
      parts.push(`show ${form || (item.data["text/plain"] ?? "")}`);
      continue;
    }
    const at = texts.get(item.kind);
    if (at !== undefined) parts[at] += item.text;
    else {
      texts.set(item.kind, parts.length);
      parts.push(`${item.kind} ${item.text}`);
    }
  }
  return parts;
}

/** Tell whether two lists of outputs have the same text. */
export function same(items: Item[], others: Item[]): boolean {
  const [a, b] = [joined(items), joined(others)];
  return a.length === b.length && a.every((text, number) => text === b[number]);
}

/** Tell whether an output is drawn. */
export function draws(items: Item[]): boolean {
  return items.some((item) => item.kind === "show" && item.data[DRAWING] !== undefined);
}

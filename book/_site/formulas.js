// Runs beside KaTeX while the site is built: what it writes for a formula, how wide that is, and
// where one may break.
"use strict";

const SIZES = [0, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.44, 1.728, 2.074, 2.488];
// What of a formula fits on the line of the smallest phone.
const LINE = 17;
// Of a formula in the text, brackets of this width stay whole.
const BRACKETS = 12;
const BREAK = { classes: ["break"], toMarkup: () => "<wbr>" };
const letters = new Map();
const em = (length) => Number.parseFloat(length ?? 0);
const is = (node, ...names) => names.some((name) => node?.classes?.includes(name));

const letter = (sign) => {
  if (!letters.has(sign)) letters.set(sign, katex.__renderToDomTree(`\\text{${sign}}`).children[1]);
  return widthOf(letters.get(sign));
};
// KaTeX puts signs of a kind into one node, with the width of the first.
const written = ({ text, width, italic }) =>
  (/^[a-z ]{2,}$/i.test(text) ? [...text].reduce((sum, sign) => sum + letter(sign), 0) : width * [...text].length) +
  Math.max(0, italic);
const widthOf = (node) => {
  if (is(node, "hide-tail", "vlist-s", "break")) return 0;
  const { children = [], style = {}, classes = [] } = node;
  const parts = children.map(widthOf);
  let width = is(node, "vlist", "vlist-t") ? Math.max(...parts) : parts.reduce((sum, part) => sum + part, 0);
  if (node.text !== undefined) width = written(node);
  if (is(node, "nulldelimiter")) width += 0.12;
  const [size, before] = ["size", "reset-size"].map((name) =>
    classes.find((one) => one.startsWith(name))?.slice(name.length),
  );
  if (before) width *= SIZES[size] / SIZES[before];
  return Math.max(width, em(style.width)) + em(style.marginLeft) + em(style.marginRight) + em(style.paddingLeft);
};

// How many brackets a sign opens; two of a kind are one sign to KaTeX.
const opens = (node) => (is(node, "mopen") - is(node, "mclose")) * (node.text?.length ?? 1);

// The parts of a formula in order, each with the list that it stands in and the brackets around it.
const flat = (html) => {
  const found = [];
  let depth = 0;
  const read = (list) => {
    for (const node of list) {
      if (is(node, "base", "minner")) {
        read(node.children);
        continue;
      }
      depth += Math.min(0, opens(node));
      found.push({ node, list, depth, width: is(node, "strut") ? 0 : widthOf(node) });
      depth += Math.max(0, opens(node));
    }
  };
  read(html.children);
  return found;
};
// Before a sign with its space, or between two factors of which the first is a bracket.
const before = (sign, depth) => (parts, k) =>
  parts[k].depth === depth && (is(parts[k].node, "mspace") ? is(parts[k + 1]?.node, sign) : is(parts[k].node, sign) && !is(parts[k - 1].node, "mspace"));
const factors = (parts, k) =>
  parts[k].depth === 0 && is(parts[k - 1].node, "mclose") && is(parts[is(parts[k].node, "mspace") ? k + 1 : k]?.node, "mord");
const KINDS = [before("mrel", 0), before("mbin", 0), factors, before("mbin", 1)];

// Cut what is longer than a line at places of the first kind, and its parts at those of the next.
const cuts = (parts, [kind, ...others]) => {
  const width = parts.reduce((sum, part) => sum + part.width, 0);
  if (!kind || width <= LINE) return [];
  const places = [...parts.keys()].filter((k) => k > 0 && kind(parts, k));
  const ends = [...places, parts.length];
  return [0, ...places].flatMap((start, k) => [
    ...(start ? [parts[start]] : []),
    ...cuts(parts.slice(start, ends[k]), others),
  ]);
};

// KaTeX lets a line end behind each sign, in brackets too. There it may only if they are long, and
// then in as few brackets as will do.
const joined = (bases, level = 0) => {
  const groups = [[]];
  let depth = 0;
  for (const base of bases) {
    groups.at(-1).push(base);
    for (const node of base.children) depth += opens(node);
    if (depth <= level) groups.push([]);
  }
  return groups.flatMap((group) => {
    const [first, ...others] = group;
    if (!others.length) return group;
    if (group.reduce((sum, base) => sum + widthOf(base), 0) > BRACKETS) return joined(group, level + 1);
    first.children.push(...others.flatMap((base) => base.children));
    return [first];
  });
};

// Take formulas, and give for each what KaTeX writes and its width, or why it cannot be read.
const writeAll = (formulas) =>
  formulas.map(([latex, displayMode]) => {
    try {
      const tree = katex.__renderToDomTree(latex, { displayMode, throwOnError: true, strict: "error" });
      let html = tree;
      while (!is(html, "katex-html")) html = html.children.at(-1);
      const width = html.children.reduce((sum, base) => sum + widthOf(base), 0);
      if (!displayMode) html.children = joined(html.children);
      else
        for (const { node, list } of cuts(flat(html), KINDS)) list.splice(list.indexOf(node), 0, BREAK);
      return [tree.toMarkup(), width, ""];
    } catch (error) {
      return ["", 1, error.message];
    }
  });

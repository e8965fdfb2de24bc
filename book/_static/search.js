// The search: every section that holds all words of the query, those with them in a title first.
"use strict";

// A sign is found however it is typed: a minus as a hyphen, a prime or a curly quote as a straight
// one, ½ as 1/2, é as e.
const TYPED = { "−": "-", "‐": "-", "‑": "-", "’": "'", "‘": "'", "′": "'", "“": '"', "”": '"', "⁄": "/" };
const known = new Map();
const foldSign = (sign) => {
  if (!known.has(sign)) {
    const plain = sign.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
    known.set(sign, Array.from(plain, (one) => TYPED[one] ?? one).join(""));
  }
  return known.get(sign);
};
const fold = (text) => Array.from(text, foldSign).join("");

const names = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho "
  + "- sigma tau upsilon phi chi psi omega";
const greek = new Map(names.split(" ").map((name, k) => [name, String.fromCodePoint(0x3b1 + k)]));
const escaped = (sign) => sign.replace(/[\\^$.*+?()[\]{}|/]/u, "\\$&");

// A word begins where no letter stands before it; a sign such as δ is found anywhere. A hyphen inside
// a word may be there or not, and an index is found as y1, y_1 and y_{1}.
const pattern = (phrase) => {
  const words = phrase.split(/\s+/u).map((word) => {
    const signs = Array.from(word.replace(/[{}]/gu, "").replace(/(?<=\p{L})-(?=\p{L})/gu, "\u2010"));
    let made = "";
    for (const [k, sign] of signs.entries()) {
      if (sign === "_" || sign === "^") continue;
      if (sign === "\u2010") made += "[- ]?";
      else made += (/[\p{L}\d]{2}/u.test((signs[k - 1] ?? "") + sign) ? "-?[_^]?" : "")
        + (/[_^]/u.test(signs[k - 1] ?? "") ? "[_^]?" : "") + escaped(sign);
    }
    return greek.has(word) ? `(?:${made}|${greek.get(word)})` : made;
  });
  const start = /^[a-z0-9]/u.test(phrase) && !greek.has(phrase) ? "(?<![a-z0-9])" : "";
  return new RegExp(start + words.join("\\s+"), "gu");
};

// What stands in quotes is looked for as it stands.
const patternsOf = (query) =>
  [...fold(query).matchAll(/"([^"]*[^"\s][^"]*)"|([^\s"]+)/gu)]
    .map(([, quoted, word]) => pattern((quoted ?? word).trim()));
const count = (text, of) => text.match(of)?.length ?? 0;

const LENGTH = 200;
/** The part of a text where most words of a query stand, cut between words, the words marked. */
const excerpt = (text, patterns) => {
  // Where each sign of the folded text comes from.
  const at = Array.from(text).flatMap((sign, k) => Array(foldSign(sign).length).fill(k));
  const signs = Array.from(text);
  const plain = fold(text);
  const found = patterns
    .flatMap((of, word) => [...plain.matchAll(of)].map((hit) => [
      at[hit.index], at[hit.index + hit[0].length - 1] + 1, word,
    ]))
    .sort((a, b) => a[0] - b[0]);
  const held = (from) =>
    new Set(found.filter(([a, b]) => a >= from && b <= from + LENGTH - 60).map(([, , word]) => word)).size;
  const first = found.reduce((best, [a]) => (held(a) > held(best) ? a : best), found[0]?.[0] ?? 0);
  let start = Math.max(0, first - 60);
  while (start > 0 && start < first && signs[start - 1] !== " ") start++;
  let end = Math.min(signs.length, start + LENGTH);
  while (end < signs.length && end > start + 100 && signs[end] !== " ") end--;
  const parts = [start > 0 ? "… " : ""];
  let done = start;
  for (const [a, b] of found) {
    if (a < done || b > end) continue;
    const mark = document.createElement("mark");
    mark.textContent = signs.slice(a, b).join("");
    parts.push(signs.slice(done, a).join(""), mark);
    done = b;
  }
  parts.push(signs.slice(done, end).join(""), end < signs.length ? " …" : "");
  return parts;
};

/** The sections that hold all words of a query, the best first. */
const hitsOf = (patterns) => {
  const hits = [];
  for (const [address, page, section, text] of patterns.length ? searchData : []) {
    const title = fold(`${page} ${section}`);
    const body = fold(text);
    const scores = patterns.map((of) => Math.log1p(20 * count(title, of) + count(body, of)));
    if (scores.every((score) => score > 0)) {
      const score = scores.reduce((sum, one) => sum + one);
      hits.push({ address, title: section === page ? page : `${page}: ${section}`, score, text });
    }
  }
  return hits.sort((a, b) => b.score - a.score);
};

const query = new URLSearchParams(location.search).get("q")?.trim() ?? "";
document.querySelector("main input[type=search], input[type=search]").value = query;
const patterns = patternsOf(query);
const hits = hitsOf(patterns);
for (const { address, title, text } of hits) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  const words = document.createElement("p");
  link.href = address;
  link.textContent = title;
  words.append(...excerpt(text, patterns));
  item.append(link, words);
  document.getElementById("results").append(item);
}
const sections = hits.length === 1 ? "1 section" : `${hits.length} sections`;
document.getElementById("found").textContent = !patterns.length
  ? "Type a word or a symbol into the search field, such as chain rule, δ or delta_hidden."
  : hits.length
    ? `${sections} with “${query}”`
    : `Nothing is found for “${query}”.`;

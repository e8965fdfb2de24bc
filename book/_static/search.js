// The search: every section that holds all words of the query, those with them in a title first.
"use strict";

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const query = new URLSearchParams(location.search).get("q")?.trim() ?? "";
const words = fold(query).split(/\s+/u).filter(Boolean);
const field = document.querySelector("input[type=search]");
field.value = query;

// A letter or digit on either side makes a word another word, but a longer word may begin with it.
const escape = (word) => word.replace(/[^\p{L}\p{N}]/gu, "\\$&");
const pattern = (word) => new RegExp(`(?<![\\p{L}\\p{N}])${escape(word)}`, "gu");
const patterns = words.map((word) => (/^[\p{L}\p{N}]/u.test(word) ? pattern(word) : new RegExp(escape(word), "gu")));
const count = (text, of) => text.match(of)?.length ?? 0;

const hits = [];
for (const [address, page, section, text, names] of words.length ? searchData : []) {
  const title = fold(`${page} ${section}`);
  const body = fold(`${text} ${names}`);
  const scores = patterns.map((of) => 20 * count(title, of) + count(body, of));
  if (scores.every((score) => score > 0)) {
    hits.push({ address, page, section, text, score: scores.reduce((a, b) => a + Math.log1p(b), 0) });
  }
}
hits.sort((a, b) => b.score - a.score);

const results = document.getElementById("results");
for (const { address, page, section, text } of hits.slice(0, 50)) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = address;
  link.textContent = section === page ? page : `${page}: ${section}`;
  const at = Math.max(0, Math.min(...patterns.map((of) => (fold(text).search(of) + 1 || Infinity) - 1)));
  const start = Number.isFinite(at) ? Math.max(0, at - 60) : 0;
  const excerpt = document.createElement("p");
  excerpt.textContent = `${start ? "… " : ""}${text.slice(start, start + 200)} …`;
  item.append(link, excerpt);
  results.append(item);
}
const found = document.getElementById("found");
if (!words.length) {
  found.textContent = "Type a word or a symbol, such as chain rule, δ or delta_hidden, into the search field.";
} else {
  const places = hits.length === 1 ? "1 section" : `${hits.length} sections`;
  found.textContent = hits.length ? `${places} with “${query}”` : `Nothing is found for “${query}”.`;
}

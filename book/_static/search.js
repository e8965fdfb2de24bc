// The search: every section that holds all words of the query, those with them in a title first.
"use strict";

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const query = new URLSearchParams(location.search).get("q")?.trim() ?? "";
const words = fold(query).split(/\s+/u).filter(Boolean);
const field = document.querySelector("input[type=search]");
field.value = query;

// A word begins where no letter stands before it, but a sign such as δ is found anywhere.
const patterns = words.map((word) => {
  const plain = word.replace(/[\\^$.*+?()[\]{}|]/gu, "\\$&");
  return new RegExp(/^[a-z0-9]/u.test(word) ? `(?<![a-z0-9])${plain}` : plain, "gu");
});
const count = (text, of) => text.match(of)?.length ?? 0;

const hits = [];
for (const [address, page, section, text, names] of words.length ? searchData : []) {
  const title = fold(`${page} ${section}`);
  const body = fold(`${text} ${names}`);
  const scores = patterns.map((of) => Math.log1p(20 * count(title, of) + count(body, of)));
  if (scores.every((score) => score > 0)) {
    const score = scores.reduce((sum, one) => sum + one);
    const start = Math.max(0, Math.min(...patterns.map((of) => body.search(of))) - 60);
    const title = section === page ? page : `${page}: ${section}`;
    hits.push({ address, title, score, excerpt: text.slice(start, start + 200) });
  }
}
hits.sort((a, b) => b.score - a.score);

for (const { address, title, excerpt } of hits) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  const words = document.createElement("p");
  link.href = address;
  link.textContent = title;
  words.textContent = `… ${excerpt} …`;
  item.append(link, words);
  document.getElementById("results").append(item);
}
const sections = hits.length === 1 ? "1 section" : `${hits.length} sections`;
document.getElementById("found").textContent = !words.length
  ? "Type a word or a symbol into the search field, such as chain rule, δ or delta_hidden."
  : hits.length
    ? `${sections} with “${query}”`
    : `Nothing is found for “${query}”.`;

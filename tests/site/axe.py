"""What axe finds wrong with a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = Axe()
OPTIONS = {"runOnly": RULES, "resultTypes": ["violations"], "preload": False}
# What axe need not see, for it would take ten times as long. Of a formula, nine elements in ten, it
# sees a box of that size; of a drawing its name, of a program its text in one colour, for
# test_palette.py judges the colours. Of the parts of sections, of items and rows it sees three of a
# kind on the whole site: those of one kind lie in elements of the same names and attributes. So has
# a text its colour from three of its kind.
LESS = """seen => {
    window.less = [];
    const put = (one, ...children) => {
        const kept = [...one.childNodes], style = one.getAttribute("style");
        window.less.push(() => {
            one.replaceChildren(...kept);
            style === null ? one.removeAttribute("style") : one.setAttribute("style", style);
        });
        one.replaceChildren(...children);
    };
    const formulas = [...document.querySelectorAll(".katex")];
    const sizes = formulas.map(one => one.querySelector(".katex-html").getBoundingClientRect());
    formulas.forEach((one, k) => {
        put(one, "formula");
        const { width, height } = sizes[k];
        one.style.cssText += `;display:inline-block;overflow:hidden`
            + `;width:${width}px;height:${height}px`;
    });
    for (const one of document.querySelectorAll("svg[role=img]")) put(one);
    for (const one of document.querySelectorAll("pre:not(:has(a, button))"))
        put(one, one.textContent);

    const isFree = name => /^(id|href|title|src|data-.*|aria-label.*|aria-desc.*)$/.test(name);
    const name = one => [one.localName, ...[...one.attributes].map(({ name, value }) =>
        isFree(name) ? name + !value : one.matches(".katex") ? "" : `${name}=${value}`)].join(" ");
    const above = one => one === document.body ? "" : above(one.parentElement) + "/" + name(one);
    const hasText = one =>
        [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    const often = {}, isOften = kind => {
        often[kind] ??= seen[kind] ?? 0;
        return ++often[kind] > 3;
    };
    const needed = ["aria-labelledby", "aria-describedby", "for"].flatMap(what =>
        [...document.querySelectorAll(`[${what}]`)]
            .flatMap(one => one.getAttribute(what).split(" "))
            .map(id => document.getElementById(id))).filter(Boolean);
    const parts = "section > :is(p, div), dd > p, li, tbody > tr:not(:first-child)", out = [];
    for (const one of document.querySelectorAll(`:is(main, .side) :is(${parts})`)) {
        if (out.at(-1)?.contains(one) || !one.checkVisibility()) continue;
        const kinds = [one, ...one.querySelectorAll("*")].map(part => above(part) + hasText(part));
        if (kinds.map(isOften).every(Boolean) && !needed.some(other => one.contains(other)))
            out.push(one);
    }
    for (const one of out) {
        const place = document.createComment("");
        window.less.push(() => place.replaceWith(one));
        one.replaceWith(place);
    }
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
        const one = text.parentElement;
        if (text.data.trim() && !one.matches(".katex") && one.checkVisibility()
            && !isOften(above(one))) one.dataset.contrast = "";
    }
    axe.configure({ rules: [{ id: "color-contrast", selector: "[data-contrast]" }] });
    return often;
}"""
ALL_OF_IT = """() => {
    while (window.less.length) window.less.pop()();
    for (const one of document.querySelectorAll("[data-contrast]")) delete one.dataset.contrast;
}"""
FORM = """[innerWidth, matchMedia("(prefers-color-scheme: dark)").matches,
    document.documentElement.dataset.theme, document.documentElement.className,
    ...[...document.styleSheets].map(sheet => sheet.href)].join(" ")"""
SEEN: dict[str, dict[str, int]] = {}


def violations(page: Page) -> list[str]:
    """Return what axe finds wrong with a page as it stands."""
    page.evaluate(AXE.axe_script)
    seen = SEEN.setdefault(page.evaluate(FORM), {})
    seen |= page.evaluate(LESS, seen)
    found = page.evaluate("options => axe.run(document, options)", OPTIONS)
    page.evaluate(ALL_OF_IT)
    return [
        f"{violation['id']}: {violation['nodes'][0]['html'][:200]}"
        for violation in found["violations"]
    ]

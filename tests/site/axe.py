"""What axe finds wrong with a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = Axe()
DRAWN = {"exclude": [[".katex-html"]]}
OPTIONS = {"runOnly": RULES, "resultTypes": ["violations"], "preload": False}
# What axe need not see, for it would take ten times as long. Of what a formula draws, nine elements
# in ten, and of what it says it sees a box of that size; of a drawing its name, of a program its
# text in one colour, for test_palette.py judges the colours. Of paragraphs, items and rows it sees
# three of a kind on the whole site: those of one kind have elements of the same kinds, all the way
# down and all the way up. So has a text its colour from three of its kind.
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
    const drawn = [...document.querySelectorAll(".katex-html")];
    const sizes = drawn.map(one => one.getBoundingClientRect());
    drawn.forEach((one, k) => {
        put(one);
        const { width, height } = sizes[k];
        one.style.cssText += `;display:inline-block;width:${width}px;height:${height}px`;
    });
    for (const one of document.querySelectorAll("main math, svg[role=img]")) put(one);
    for (const one of document.querySelectorAll("pre:not(:has(a, button))"))
        put(one, one.textContent);

    const FREE = /^(id|href|title|src|data-.*|aria-label.*|aria-desc.*)$/;
    const name = one => [one.localName, ...[...one.attributes].map(({ name, value }) =>
        FREE.test(name) ? name + !value : `${name}=${value}`)].join(" ");
    const above = one => one === document.body ? "" : above(one.parentElement) + "/" + name(one);
    const below = node => node.nodeType === 3 ? (node.data.trim() ? "text" : "")
        : node.nodeType === 1 ? name(node) + within(node) : "";
    const within = one => `(${[...new Set([...one.childNodes].map(below))].sort()})`;
    const often = {}, isOften = kind => {
        often[kind] ??= seen[kind] ?? 0;
        return ++often[kind] > 3;
    };
    const needed = ["aria-labelledby", "aria-describedby", "for"].flatMap(what =>
        [...document.querySelectorAll(`[${what}]`)]
            .flatMap(one => one.getAttribute(what).split(" "))
            .map(id => document.getElementById(id))).filter(Boolean);
    const parts = "section > p, dd > p, li, tbody > tr:not(:first-child)", out = [];
    for (const one of document.querySelectorAll(`main :is(${parts})`)) {
        if (out.at(-1)?.contains(one) || !one.checkVisibility()) continue;
        if (isOften(above(one) + within(one)) && !needed.some(other => one.contains(other)))
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
        if (text.data.trim() && one.checkVisibility() && !isOften(above(one)))
            one.dataset.contrast = "";
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
    # What is drawn of a formula is hidden from assistive technology: MathML stands for it, and the
    # contrast of its colours is tested with the palette.
    page.evaluate(AXE.axe_script)
    seen = SEEN.setdefault(page.evaluate(FORM), {})
    seen |= page.evaluate(LESS, seen)
    found = page.evaluate("([context, options]) => axe.run(context, options)", [DRAWN, OPTIONS])
    page.evaluate(ALL_OF_IT)
    return [
        f"{violation['id']}: {violation['nodes'][0]['html'][:200]}"
        for violation in found["violations"]
    ]

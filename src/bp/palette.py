"""The colours of the book, the same in figures, in formulas and on the page.

A part of the net keeps its colour everywhere: inputs are blue, hidden units brown (amber in the
dark), outputs teal, targets purple, error signals red. Each is at least 4.5:1 against the paper,
and each two, and each and the ink, are at least 12 apart in CAM02-UCS as seen with normal sight,
protanopia, deuteranopia and tritanopia. ``grid`` is for lines alone, never for text.

A figure is drawn in the colours of `LIGHT`. The site replaces each by a CSS variable of its name,
so no two names may share a colour.
"""

LIGHT = {
    "paper": "#fdfcfa",
    "ink": "#1f2328",
    "muted": "#5c6068",
    "grid": "#d9d6cf",
    "literal": "#5a5a1e",
    "input": "#00478a",
    "hidden": "#6b3600",
    "output": "#247872",
    "target": "#a037c8",
    "delta": "#c9332a",
}

DARK = {
    "paper": "#16181d",
    "ink": "#e4e2dd",
    "muted": "#a3a6ad",
    "grid": "#3a3d45",
    "literal": "#c3c78a",
    "input": "#81c7fb",
    "hidden": "#f3af1c",
    "output": "#4ca19c",
    "target": "#b47cf8",
    "delta": "#ee6159",
}

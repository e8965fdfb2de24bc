"""The colours of the book."""

LIGHT = {
    "ink": "#1d1f23",
    "paper": "#ffffff",
    "muted": "#5c6370",
    "grid": "#d8dbe0",
    "input": "#0061a4",
    "hidden": "#00734f",
    "output": "#a84a00",
    "target": "#7b3294",
    "delta": "#c2185b",
}

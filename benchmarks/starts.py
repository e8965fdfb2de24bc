"""Train a deep net of sigmoids on digits from two starts, and draw how well it reads new ones.

`python benchmarks/starts.py FOLDER` writes `digits-two-starts.svg`.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from bp import charts, deep, digits, starts
from bp.activations import softmax
from bp.in_place import train
from bp.losses import softmax_cross_entropy

SIZES = (64, *[32] * 8, 10)
STEPS, EVERY, ETA = 600, 20, 0.5
STARTS = {"usual": deep.init, "centred": starts.centred}


def shares(
    start: Callable[[np.random.Generator, Sequence[int]], tuple[deep.Layer, ...]],
    known: digits.Digits,
    new: digits.Digits,
) -> np.ndarray:
    """Return the share of new digits that are read right, after every few steps."""
    layers, right = start(np.random.default_rng(1), SIZES), []
    for step in tqdm(range(0, STEPS + 1, EVERY), leave=False):
        if step:
            layers = train(
                layers, known.x, known.t, eta=ETA / len(known.x), steps=EVERY,
                output=softmax, loss=softmax_cross_entropy,
            )  # fmt: skip
        y = deep.forward(layers, new.x, output=softmax).outputs[-1]
        right.append(np.mean(y.argmax(axis=1) == new.labels))
    return np.array(right)


def main(command: list[str] | None = None) -> None:
    """Train from both starts, print where they end, and draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the figure is written")
    folder = parser.parse_args(command).folder
    known, new = digits.load()
    lines = {name: shares(start, known, new) for name, start in STARTS.items()}
    for name, line in lines.items():
        print(f"{name:8} {line[-1]:.1%} of {len(new.x)} new digits after {STEPS} steps")
    steps = np.arange(0, STEPS + 1, EVERY)
    figure = charts.curves(steps, lines, xlabel="step", ylabel="digits read right")
    (folder / "digits-two-starts.svg").write_text(figure._repr_svg_())


if __name__ == "__main__":
    main()

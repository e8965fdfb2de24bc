"""How time and memory grow with the net, and how the cost compares with the theory."""

import tracemalloc
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from statistics import median

import matplotlib as mpl
import numpy as np
from tqdm import tqdm

from bp import deep, descent, equations, figures, in_place, multiplications
from bp.gradient_check import central_difference, complex_step
from bp.palette import LIGHT as PALETTE
from contenders import leaves_of, net_of
from measure import seconds
from work import Work, duration

WIDTHS = [Work((n, n, n), 64) for n in (16, 32, 64, 128, 256, 512, 1024)]
DEPTHS = [Work((64,) * (layers + 1), 64) for layers in (1, 2, 4, 8, 16, 32)]
BATCHES = [Work((64, 64, 64), rows) for rows in (1, 4, 16, 64, 256, 1024, 4096)]
LARGE = Work((784, 1000, 1000, 10), 256)
NUDGED = [Work((n, n, n), 1) for n in (2, 4, 8, 16, 32, 64)]
"""Nets small enough for one or two passes a parameter."""


def report(figures_to: Path | None) -> dict:
    """Measure and print; draw `gradient-times.svg` and `scaling.svg` if a folder is named."""
    found = {
        "width": growth("Width: n inputs, n hidden units, n outputs", WIDTHS),
        "depth": growth("Depth: D layers of 64 units", DEPTHS),
        "batch": growth("Batch: N rows through 64-64-64", BATCHES),
        "large": growth("A large net", [LARGE]),
        "memory": memory([*WIDTHS[-2:], LARGE]),
        "nudging": nudging(NUDGED),
    }
    if figures_to:
        figures_to.mkdir(parents=True, exist_ok=True)
        for name, figure in (
            ("gradient-times", times_figure(found)),
            ("scaling", growth_figure(found)),
        ):
            (figures_to / f"{name}.svg").write_text(figure._repr_svg_())
    return found


def started(work: Work) -> tuple[tuple[deep.Layer, ...], np.ndarray, np.ndarray]:
    """Return layers, inputs and targets."""
    leaves, x, t = work.start()
    return net_of(leaves), x, t


def parameters(work: Work) -> int:
    """Return the number of parameters."""
    return multiplications.count(work.sizes).update


def times_in_turn(calls: dict[str, Callable[[], object]], turns: int) -> dict[str, list[float]]:
    """Return the seconds of each call, one number a turn."""
    found: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(turns):
        for name, call in calls.items():
            count = max(1, round(0.01 / seconds(call)))
            found[name].append(seconds(partial(repeat, call, count)) / count)
    return found


def repeat(call: Callable[[], object], count: int) -> None:
    """Call many times, and keep nothing that is returned."""
    for _ in range(count):
        call()


def peak(call: Callable[[], object]) -> int:
    """Return the most bytes of arrays that a call held at one time, beyond those before it."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def progress(works: Iterable[Work]) -> Iterable[Work]:
    """Show a bar while works are measured."""
    return tqdm(list(works), unit="net", leave=False)


def growth(title: str, works: list[Work]) -> list[dict]:
    """Measure the forward pass and the gradient of some nets beside their multiplications."""
    rows = []
    for work in progress(works):
        layers, x, t = started(work)
        times = times_in_turn(
            {
                "forward": lambda: deep.forward(layers, x),  # noqa: B023
                "gradient": lambda: deep.backpropagate(layers, x, t),  # noqa: B023
            },
            turns=9,
        )
        count = multiplications.count(work.sizes, work.rows)
        rows.append(
            {
                "net": str(work),
                "parameters": parameters(work),
                "forward": median(times["forward"]),
                "gradient": median(times["gradient"]),
                "measured": median(
                    g / f for g, f in zip(times["gradient"], times["forward"], strict=True)
                ),
                "theory": 1 + count.backward / count.forward,
                "bytes": peak(lambda: deep.backpropagate(layers, x, t)),  # noqa: B023
            }
        )
    print(f"\n{title}")
    print(f"{'':32}{'forward':>11}{'gradient':>11}{'ratio':>8}{'theory':>8}{'peak MB':>9}")
    for row in rows:
        print(
            f"{row['net']:32}{duration(row['forward']):>11}{duration(row['gradient']):>11}"
            f"{row['measured']:8.2f}{row['theory']:8.2f}{row['bytes'] / 1e6:9.2f}"
        )
    return rows


def memory(works: list[Work]) -> list[dict]:
    """Measure what one step holds, beside what it cannot do without."""
    rows = []
    for work in progress(works):
        layers, x, t = started(work)
        trace = deep.forward(layers, x)
        # Parameters, as many gradients, the trace and the error signals.
        needed = sum(one.nbytes for one in [*leaves_of(layers) * 2, *trace.a, *trace.outputs])
        needed += sum(one.nbytes for one in trace.a)
        del trace

        def readable() -> object:
            own = tuple(deep.Layer(w.copy(), b.copy()) for w, b in layers)  # noqa: B023
            grads = deep.backpropagate(own, x.copy(), t)  # noqa: B023
            return descent.update(own, grads, eta=0.1)

        def trained() -> object:
            in_place._Run(layers, x, t, 0.1).step()  # noqa: B023

        rows.append(
            {
                "net": str(work),
                "needed": needed,
                "readable": peak(readable),
                "in place": peak(trained),
            }
        )
    print(
        "\nPeak memory of a step, in MB: parameters, gradients, trace and error signals; then the"
    )
    print("loop of the book; then in place. In brackets: relative to the first.")
    for row in rows:
        print(f"{row['net']:32}{row['needed'] / 1e6:9.2f}", end="")
        for way in ("readable", "in place"):
            print(f"{row[way] / 1e6:9.2f} ({row[way] / row['needed']:.2f})", end="")
        print()
    return rows


def nudging(works: list[Work]) -> list[dict]:
    """Measure a gradient by central differences, by the complex step and by backpropagation."""
    rows = []
    for work in progress(works):
        layers, x, t = started(work)

        def loss_of(layers: tuple[deep.Layer, ...]) -> object:
            return equations.loss(deep.forward(layers, x).outputs[-1], t)  # noqa: B023

        ways = {
            "central differences": lambda: central_difference(loss_of, layers, eps=1e-5),  # noqa: B023
            "complex step": lambda: complex_step(loss_of, layers),  # noqa: B023
            "backpropagation": lambda: deep.backpropagate(layers, x, t),  # noqa: B023
        }
        times = times_in_turn(ways, turns=3)
        rows.append(
            {"net": str(work), "parameters": parameters(work)}
            | {name: median(values) for name, values in times.items()}
        )
    print("\nOne gradient, three ways")
    names = [name for name in rows[0] if name not in ("net", "parameters")]
    print(f"{'':32}{'parameters':>11}", *(f"{name:>20}" for name in names))
    for row in rows:
        cells = [f"{duration(row[name]):>20}" for name in names]
        print(f"{row['net']:32}{row['parameters']:11,}", *cells)
    return rows


def times_figure(found: dict) -> figures.Figure:
    """Draw the time of a gradient against the number of parameters."""
    curves = {
        name: [(row["parameters"], row[name]) for row in found["nudging"]]
        for name in ("central differences", "complex step")
    }
    # One row, so that the work grows as the number of parameters does.
    large = [Work((n, n, n), 1) for n in (128, 256, 512, 1024)]
    curves["backpropagation"] = [
        (row["parameters"], row["backpropagation"]) for row in found["nudging"]
    ]
    for work in large:
        layers, x, t = started(work)
        times = times_in_turn({"g": lambda: deep.backpropagate(layers, x, t)}, turns=5)  # noqa: B023
        curves["backpropagation"].append((parameters(work), median(times["g"])))
    return figures.gradient_times(curves)


def growth_figure(found: dict) -> figures.Figure:
    """Draw time, the ratio of gradient to forward pass, and memory against each size."""
    sizes = {
        "width": [work.sizes[0] for work in WIDTHS],
        "depth": [len(work.sizes) - 1 for work in DEPTHS],
        "batch": [work.rows for work in BATCHES],
    }
    curves = [
        ("seconds", ("forward", "gradient"), 1),
        ("gradient / forward", ("measured", "theory"), 1),
        ("peak MB of a gradient", ("bytes",), 1e6),
    ]
    with mpl.rc_context(figures.STYLE):
        figure = figures.Figure(figsize=(9, 7.5), layout="constrained")
        grid = figure.subplots(len(curves), len(sizes), sharex="col", sharey="row")
        for column, (kind, values) in enumerate(sizes.items()):
            for row, (label, names, unit) in enumerate(curves):
                axes = grid[row][column]
                for name, line, colour in zip(
                    names, ("o-", "s--"), ("input", "delta"), strict=False
                ):
                    heights = [one[name] / unit for one in found[kind]]
                    axes.plot(values, heights, line, color=PALETTE[colour], ms=4, label=name)
                axes.set(xscale="log", yscale="linear" if row == 1 else "log")
                axes.grid(True)
                if column == 0:
                    axes.set_ylabel(label)
                    if len(names) > 1:
                        axes.legend()
            grid[-1][column].set_xlabel(kind)
    return figure

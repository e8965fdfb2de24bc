"""Measuring: everyone in turn within one run, so that what disturbs one disturbs all."""

import gc
import platform
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

import numpy as np

FEWEST = 50
"""Steps in one turn, at the least: a run that begins anew should not spend it on beginning."""


def seconds(call: Callable[[], object]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def in_turn(contenders: list, turns: int, turn: float, tick: Callable[[], object]) -> dict:
    """Return the seconds that a step takes, for each contender one number a turn.

    Parameters
    ----------
    contenders : list
        Objects with a `name` and a method `steps`.
    turns : int
        How often each has its turn.
    turn : float
        How long a turn lasts, in seconds, unless `FEWEST` steps last longer.
    tick : callable
        Called after every turn.

    Returns
    -------
    dict
        From names to lists of seconds.
    """
    counts = {}
    for one in contenders:
        one.steps(FEWEST)  # Compilers and caches.
        counts[one.name] = max(FEWEST, round(turn * FEWEST / seconds(lambda: one.steps(FEWEST))))  # noqa: B023
    found = {one.name: [] for one in contenders}
    for _ in range(turns):
        gc.collect()
        for one in contenders:
            count = counts[one.name]
            found[one.name].append(seconds(lambda: one.steps(count)) / count)  # noqa: B023
            tick()
    return found


def ratio(one: list[float], other: list[float]) -> float:
    """Return the median of the ratios within each turn."""
    return median(a / b for a, b in zip(one, other, strict=True))


def spread(times: list[float]) -> float:
    """Return the distance between the quartiles, in parts of the median."""
    low, _, high = quantiles(times, n=4)
    return (high - low) / median(times)


def disagreement(gradient: list[np.ndarray], reference: list[np.ndarray]) -> float:
    """Return the largest difference in any array, in units of that array's largest number."""
    if [g.shape for g in gradient] != [r.shape for r in reference]:
        return float("inf")
    return max(
        float(np.abs(g - r).max() / np.abs(r).max())
        for g, r in zip(gradient, reference, strict=True)
    )


def processor() -> str:
    """Return the name of the processor, as well as the system tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()

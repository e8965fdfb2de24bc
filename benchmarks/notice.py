"""Measure what wrong gradients do to a net that reads digits, and store it for the book.

`python benchmarks/notice.py` takes about five minutes. It goes on where a run before it was broken
off, and measures nothing that is stored already; `--check` measures all of it again and compares.
"""

import argparse
import json
import platform
import sys
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from bp import gradient_check, notice
from bp.deep import Layer
from bp.notice import GRADIENTS, RIGHT, Net
from measure import processor

STORED = Path(notice.__file__).with_name("notice.json")
SEEDS = 10
DIRECTIONS, LIMIT = 1000, 1e-3
"""Random directions, and what a right gradient must stay below in single precision."""
SLOPES = 30
"""Directions in which the error of the central difference is measured at each step."""
STEPS = np.logspace(-11, -1, 21)
STEP = 2e-3
"""The step in single precision, near the bottom of its valley."""
PICTURES = (RIGHT, "random numbers for u", "hidden layer frozen")


def main(command: list[str] | None = None) -> int:
    """Measure what is missing, or all of it; return 1 where it is not what is stored."""
    arguments = parser().parse_args(command)
    if not arguments.check:
        measure(arguments.file)
        return 0
    stored = load(arguments.file)
    differences = list(compare(stored, measure(None)))
    for difference in differences:
        print(f"DIFFERENT: {difference}")
    print(f"{len(stored['runs'])} runs measured again, {len(differences)} differences")
    return 1 if differences else 0


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    made = argparse.ArgumentParser(prog="python benchmarks/notice.py", description=__doc__)
    made.add_argument("--file", type=Path, default=STORED, help="where it is stored")
    made.add_argument("--check", action="store_true", help="measure again, and compare")
    return made


def settings() -> dict[str, Any]:
    """Return what the numbers rest on, so that runs of two kinds never stand in one file."""
    return {
        "seeds": SEEDS,
        "epochs": notice.EPOCHS,
        "rows": notice.ROWS,
        "rule": repr(notice.RULE),
        "gradients": list(GRADIENTS),
        "directions": DIRECTIONS,
        "limit": LIMIT,
        "step": STEP,
    }


def load(file: Path) -> dict[str, Any]:
    """Return what is stored, or what stands at the beginning where there is no file."""
    if not file.exists():
        machine = f"{processor()}, Python {platform.python_version()}, NumPy {np.__version__}"
        return {"machine": machine, "settings": settings(), "runs": []}
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    if found["settings"] != settings():
        raise SystemExit(f"{file} was measured with other settings; move it away to begin anew")
    return found


def measure(file: Path | None) -> dict[str, Any]:
    """Measure what a file lacks, and store each part when it is done; without a file, all."""
    found = load(file or Path("nothing stored"))
    done = {(run["name"], run["seed"]) for run in found["runs"]}
    # Seed by seed, so that what is broken off has all gradients.
    wanted = [(name, seed) for seed, name in product(range(SEEDS), GRADIENTS)]
    for name, seed in tqdm([each for each in wanted if each not in done], unit="run"):
        found["runs"].append(run(name, seed))
        store(file, found)
    parts: dict[str, Callable[[], Any]] = {
        "directions": directions,
        "valley": valley,
        "pictures": pictures,
    }
    for part, make in parts.items():
        if part not in found:
            found[part] = make()
            store(file, found)
    return found


def store(file: Path | None, found: dict[str, Any]) -> None:
    """Write all that has been found, whole or not at all, a line for each run."""
    if file is None:
        return
    parts = {**found, "runs": 0}
    lines = ",\n".join(json.dumps(one) for one in found["runs"])
    text = ",\n".join(
        f"{json.dumps(part)}: " + (f"[\n{lines}\n]" if part == "runs" else json.dumps(value))
        for part, value in parts.items()
    )
    draft = file.with_suffix(".part")
    draft.write_text(f"{{\n{text}\n}}\n", encoding="utf-8")
    draft.replace(file)


def run(name: str, seed: int) -> dict[str, Any]:
    """Return what one gradient does from one start."""
    layers = notice.train(GRADIENTS[name], seed=seed)
    return {"name": name, "seed": seed, **begin(name, seed), "read": notice.read(layers)}


def begin(name: str, seed: int) -> dict[str, float]:
    """Return relative error and cosine at the start, and the loss after the first epoch.

    The loss is that of the first mini-batch. It tells at a small price whether a run still is what
    it was.
    """
    layers, x, t = notice.start(seed)
    right, found = notice.backpropagate(layers, x, t), GRADIENTS[name](layers, x, t)
    after = notice.train(GRADIENTS[name], seed=seed, epochs=1)
    return {
        "error": digits_of(gradient_check.relative_error(found, right)),
        "cosine": digits_of(cosine(found, right)),
        "loss": digits_of(notice.loss(after, x, t)),
    }


def digits_of(number: float) -> float:
    """Round to what is the same on every machine."""
    return float(f"{number:.8g}")


def flat(net: Net) -> np.ndarray:
    """Return all parameters in one row."""
    return np.concatenate([part.ravel() for layer in net for part in layer])


def cosine(one: Net, other: Net) -> float:
    """Return the cosine of the angle between two gradients."""
    a, b = flat(one), flat(other)
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def trained_a_little() -> tuple[Net, np.ndarray, np.ndarray]:
    """Return a net after an epoch with the right gradient, and its first mini-batch."""
    _, x, t = notice.start(0)
    return notice.train(notice.backpropagate, seed=0, epochs=1), x, t


def along(layers: Net, direction: Net, step: float, precision: type) -> Net:
    """Return parameters moved along a direction, in a precision."""
    moves = zip(layers, direction, strict=True)
    return tuple(
        Layer(*(precision(p) + precision(step) * precision(v) for p, v in zip(*two, strict=True)))
        for two in moves
    )


def slopes(
    layers: Net, x: np.ndarray, t: np.ndarray, ways: list[Net], step: float, precision: type
) -> np.ndarray:
    """Return the central differences of the loss along directions, in a precision."""
    x, t = precision(x), precision(t)
    losses = [
        [float(notice.loss(along(layers, way, side, precision), x, t)) for side in (step, -step)]
        for way in ways
    ]
    return np.array([above - below for above, below in losses]) / (2 * float(precision(step)))


def ways(layers: Net, seed: int, count: int) -> list[Net]:
    """Return random directions, with 1 or −1 for every parameter."""
    rng = np.random.default_rng(seed)
    return [
        tuple(Layer(*(rng.choice([-1.0, 1.0], part.shape) for part in layer)) for layer in layers)
        for _ in range(count)
    ]


def directions() -> dict[str, int]:
    """Return in how many directions single precision catches each gradient."""
    layers, x, t = trained_a_little()
    some = ways(layers, 1, DIRECTIONS)
    expected = slopes(layers, x, t, some, STEP, np.float32)
    size = np.linalg.norm(flat(notice.backpropagate(layers, x, t)))
    rows = np.array([flat(way) for way in some])
    return {
        name: int((np.abs(rows @ flat(gradient(layers, x, t)) - expected) > LIMIT * size).sum())
        for name, gradient in GRADIENTS.items()
    }


def valley() -> dict[str, list[float]]:
    """Return the mean error of the central difference over some directions, for each step."""
    layers, x, t = trained_a_little()
    some, gradient = ways(layers, 5, SLOPES), flat(notice.backpropagate(layers, x, t))
    true = np.array([flat(way) for way in some]) @ gradient
    found: dict[str, list[float]] = {"steps": [digits_of(step) for step in STEPS]}
    for name, precision in (("double", np.float64), ("single", np.float32)):
        found[name] = [
            digits_of(np.abs(slopes(layers, x, t, some, step, precision) - true).mean())
            for step in STEPS
        ]
    return found


def pictures() -> dict[str, list[list[float]]]:
    """Return what feeds the first hidden units after training, to two decimals."""
    return {
        name: notice.train(GRADIENTS[name], seed=0)[0].w[:, :8].T.round(2).tolist()
        for name in PICTURES
    }


def compare(stored: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    """Yield what differs by more than rounding on another machine explains.

    The digits that are read after training are compared as means over the runs: where a gradient is
    wrong, a change in the sixteenth digit of the start can decide on ten images in the end.
    """
    for run, again in zip(stored["runs"], found["runs"], strict=True):
        for key, most in (("error", 1e-6), ("cosine", 1e-6), ("loss", 1e-6)):
            if not np.isclose(run[key], again[key], rtol=most, atol=1e-9):
                yield f"{run['name']}, seed {run['seed']}: {key} {run[key]}, now {again[key]}"
    for name in GRADIENTS:
        one, other = reads(stored, name), reads(found, name)
        error = np.sqrt((one.var(ddof=1) + other.var(ddof=1)) / len(one)) if len(one) > 1 else 0
        if abs(one.mean() - other.mean()) > 1 + 3 * error:
            yield f"{name}: {one.mean()} images read, now {other.mean()}"
        caught, again = stored["directions"][name], found["directions"][name]
        if abs(caught - again) > DIRECTIONS / 50:
            yield f"{name}: caught in {caught} directions, now in {again}"
    for precision in ("double", "single"):
        ratios = np.divide(stored["valley"][precision], found["valley"][precision])
        if np.abs(np.log(ratios)).max() > np.log(4):
            yield f"the valley in {precision} precision"
    for name in PICTURES:
        if np.abs(np.subtract(stored["pictures"][name], found["pictures"][name])).max() > 0.02:
            yield f"{name}: the pictures of the hidden units"


def reads(found: dict[str, Any], name: str) -> np.ndarray:
    """Return how many images each run with a gradient reads right."""
    return np.array([run["read"] for run in found["runs"] if run["name"] == name])


if __name__ == "__main__":
    sys.exit(main())

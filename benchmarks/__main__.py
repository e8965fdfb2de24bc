"""Measure what a gradient costs: `python benchmarks`, and `--help` for the rest."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

from tqdm import tqdm

import scaling
from contenders import (
    CONTENDERS,
    BpDeep,
    BpInPlace,
    BpLoop,
    BpTwoLayer,
    Contender,
    PlainDeep,
    PlainTwoLayer,
    Products,
    installed,
)
from measure import disagreement, in_turn, processor, ratio, spread
from work import WORK, Work, duration

SAME = 1e-10
"""Two gradients are the same up to this difference, in units of each array's largest number."""


def main(command: list[str] | None = None) -> int:
    """Run what the command line asks for; return 1 where a gradient disagrees."""
    arguments = parser().parse_args(command)
    print(machine())
    if arguments.what == "scaling":
        report = scaling.report(arguments.figures)
        failed: list[str] = []
    else:
        present = [one for one in CONTENDERS if installed(one)]
        for package in dict.fromkeys(one.package for one in CONTENDERS if not installed(one)):
            print(f"{package} is missing: pip install -e '.[peers]'")
        # All are measured against the products alone.
        if Products not in present:
            return 1
        works = [WORK[k - 1] for k in arguments.work or range(1, len(WORK) + 1)]
        report, failed = compare(works, present, arguments.turns, arguments.turn)
    print("\nThreads:", threads())
    if arguments.json:
        whole = {"machine": machine(), "threads": threads(), **report}
        arguments.json.write_text(json.dumps(whole, indent=1) + "\n")
    for line in failed:
        print("FAILED:", line)
    return 1 if failed else 0


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    works = ", ".join(f"{k} {work}" for k, work in enumerate(WORK, start=1))
    result = argparse.ArgumentParser(prog="python benchmarks", description=__doc__)
    result.add_argument(
        "what",
        nargs="?",
        choices=["steps", "scaling"],
        default="steps",
        help="one full update step through bp, a plain script and every peer that is installed "
        "(the default), or how time and memory grow with the net",
    )
    result.add_argument(
        "--work",
        type=int,
        nargs="+",
        metavar="K",
        choices=range(1, len(WORK) + 1),
        help=f"which nets: {works}",
    )
    result.add_argument("--turns", type=at_least(2, int), default=7, help="turns for each (7)")
    result.add_argument(
        "--turn", type=at_least(0.0, float), default=0.05, help="seconds a turn lasts (0.05)"
    )
    result.add_argument("--json", type=Path, metavar="FILE", help="write every number there too")
    result.add_argument(
        "--figures", type=Path, metavar="FOLDER", help="draw the scaling there, as two SVG files"
    )
    return result


def at_least(least: float, kind: type) -> Callable[[str], float]:
    """Return a check for a number of the command line."""

    def number(text: str) -> float:
        value = kind(text)
        if not value >= least:
            raise argparse.ArgumentTypeError(f"must be {least} or more, got {text}")
        return value

    number.__name__ = kind.__name__  # What an error calls it.
    return number


def machine() -> str:
    """Say on what this runs, and in which versions."""
    versions = {one.package: installed(one) for one in CONTENDERS if installed(one)}
    found = ", ".join(f"{name} {number}" for name, number in versions.items())
    return f"{processor()}, {os.cpu_count()} cores\nPython {platform.python_version()}, {found}"


def threads() -> str:
    """Say how many threads the libraries use that have been loaded."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return "unknown: threadpoolctl is missing"
    pools = {f"{pool['internal_api']} {pool['num_threads']}" for pool in threadpool_info()}
    return ", ".join(sorted(pools))


def compare(
    works: list[Work], present: list[type[Contender]], turns: int, turn: float
) -> tuple[dict, list[str]]:
    """Measure every contender at every piece of work, and print a table for each."""
    report, failed = {}, []
    teams = {work: [one for one in present if one.suits(work)] for work in works}
    total = turns * sum(map(len, teams.values()))
    with tqdm(total=total, unit="turn", file=sys.stderr, leave=False) as bar:
        for work, team in teams.items():
            contenders = [one(work) for one in team]
            reference = BpDeep(work).gradient()
            apart = {
                one.name: disagreement(one.gradient(), reference)
                for one in contenders
                if one.gradient
            }
            bad = {name: error for name, error in apart.items() if not error < SAME}
            failed += [f"{name} on {work}: its gradient is off by {bad[name]:.1e}" for name in bad]
            times = in_turn(contenders, turns, turn, bar.update)
            with bar.external_write_mode():
                print_table(work, times, apart)
            report[str(work)] = {
                name: {"seconds": times[name], "disagreement": apart.get(name)} for name in times
            }
    return report, failed


def print_table(work: Work, times: dict[str, list[float]], apart: dict[str, float]) -> None:
    """Print one piece of work: medians, spreads, ratios and how far gradients are apart."""
    plain = PlainTwoLayer.name if PlainTwoLayer.name in times else PlainDeep.name
    print(f"\n{work}")
    print(f"{'':26}{'a step':>11}{'spread':>8}{'× plain':>9}{'× products':>12}{'gradient':>10}")
    for name, values in times.items():
        same = "" if name not in apart else f"{apart[name]:10.0e}"
        print(
            f"{name:26}{duration(median(values)):>11}{spread(values):8.0%}"
            f"{ratio(values, times[plain]):9.2f}"
            f"{ratio(values, times[Products.name]):12.2f}{same:>10}"
        )
    for ours, bound in ((BpLoop, 2.0), (BpTwoLayer, 1.5)):
        if ours.name in times:
            share = ratio(times[ours.name], times[PlainTwoLayer.name])
            print(
                f"{ours.name} takes {share:.2f} times the plain script; on 2-3-2 {bound} is meant"
            )
    deep = ratio(times[BpDeep.name], times[PlainDeep.name])
    print(f"{BpDeep.name} takes {deep:.2f} times the plain script for any depth")
    ours = {one.name for one in CONTENDERS if one.package in ("bp", "numpy")}
    peers = times.keys() - ours
    if peers:
        best = min(peers, key=lambda name: median(times[name]))
        share = ratio(times[BpInPlace.name], times[best])
        print(f"{BpInPlace.name} takes {share:.2f} times the fastest peer, {best}")


if __name__ == "__main__":
    sys.exit(main())

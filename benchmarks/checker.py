"""Measure what checking equations costs: `python benchmarks/checker.py`.

It prints the time of 500 displays, of the whole book with its claims, of one `check` on a book read
anew, of a process that does nothing else, and the most memory that hostile inputs take.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LABEL = "eq-batch-weight-component"
HEAD = "| Symbol | Over | Value |\n|-|-|-|\n| $r$ | | any number |\n| $s$ | | any number |\n\n"
HOSTILE = {
    "a tower of powers": "$$ " + "r^{" * 30 + "2" + "}" * 30 + " = r $$ (eq-a)\n",
    "a number of 5,000 digits": f"$$ r = {'9' * 5000} $$ (eq-a)\n",
    "20,000 environments": "\\begin{align}\n" * 20_000,
    "200 KB of emphasis": "*a **b" * 33_000,
    "2,000 rows": HEAD.strip()
    + "\n"
    + "".join(f"| $r_{{n{k}}}$ | | any number |\n" for k in range(2000)),
    "arrays of 64 x 64": "| Layer | Units |\n|-|-|\n| n | 64 |\n\n"
    + "| Symbol | Over | Value |\n|-|-|-|\n"
    + "| $A_{ij}$ | n × n | any number |\n\n"
    + "$$ \\sum_{k,l,m,p} A_{ik} A_{kl} A_{lm} A_{mp} = \\sum_{k,l} A_{ik} A_{kl} $$ (eq-a)\n",
}


def displays(count: int) -> str:
    """Return a text of so many claims, no two alike."""
    claims = (
        f"$$ (r + {k} s)^2 = r^2 + {2 * k} r s + {k * k} s^2 $$ (eq-{k})\n"
        for k in range(1, count + 1)
    )
    return HEAD + "\n".join(claims)


def least(work: Callable[[], object], turns: int) -> float:
    """Return the least CPU time of some turns, in seconds: what else runs only adds to it."""
    times = []
    for _ in range(turns):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


def process(*command: str) -> tuple[float, float]:
    """Return CPU seconds and megabytes of a process of its own."""
    code = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], capture_output=True); "
    code += "used = resource.getrusage(resource.RUSAGE_CHILDREN); "
    code += "print(used.ru_utime + used.ru_stime, used.ru_maxrss)"
    run = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True,
                         check=True)  # fmt: skip
    seconds, kilobytes = run.stdout.split()
    return float(seconds), int(kilobytes) / (1024**2 if sys.platform == "darwin" else 1024)


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(prog="python benchmarks/checker.py", description=__doc__)
    parser.add_argument("--turns", type=int, default=5, help="how often each is done (default 5)")
    turns = parser.parse_args().turns
    os.chdir(ROOT)
    from proofread.project import NETWORKS, read_book, settings_here
    from proofread.text import read_text

    settings = settings_here()
    text = displays(500)

    def checked() -> None:
        path = Path("many.md")
        verdicts = read_text(text, path, path.name).verdicts(100)
        assert len(verdicts) == 500 and all(one.in_order for one in verdicts)

    print(f"500 displays                          {least(checked, turns):8.3f} s")
    book = least(lambda: read_book(settings).verdicts(100), turns)
    print(f"the whole book, read and checked      {book:8.3f} s")
    texts = [read_book(settings) for _ in range(turns)]
    entries = [(one, one.find(LABEL)) for one in texts]
    times = iter(entries)

    def first() -> None:
        one, entry = next(times)
        assert entry is not None
        one.verdict(entry, NETWORKS)

    print(f"{LABEL}, on a book just read {least(first, turns):6.3f} s")
    command = f"from proofread import check; check('{LABEL}')"
    alone = statistics.median(process(sys.executable, "-c", command)[0] for _ in range(turns))
    empty = statistics.median(
        process(sys.executable, "-c", "import proofread.project")[0] for _ in range(turns)
    )
    print(f"the same in a process of its own      {alone:8.3f} s, of which imports {empty:.3f} s")
    with tempfile.TemporaryDirectory() as folder:
        for name, content in HOSTILE.items():
            path = Path(folder) / "hostile.md"
            path.write_text(content)
            seconds, megabytes = process(sys.executable, "-m", "proofread", str(path))
            print(f"{name:<37} {seconds:8.3f} s, {megabytes:.0f} MB")


if __name__ == "__main__":
    main()

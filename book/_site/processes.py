"""The pages of the book are read and written by as many processes as may compute at once.

Each process is a copy of this one, takes the next page whenever it is done with one, and sends at
its end what the build must know. What comes of it does not depend on which process had which page.
"""

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from sphinx.application import Sphinx
from sphinx.errors import ConfigError
from sphinx.util.parallel import ParallelTasks

Sent = TypeVar("Sent")


def available() -> int:
    """Return how many processes there may be: one, where copies of a process are not safe."""
    # What macOS computes with stops in a copy, and Windows makes none.
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1


def share(
    names: Sequence[str],
    count: int,
    work: Callable[[str], object],
    send: Callable[[list[str]], Sent],
) -> list[tuple[list[str], Sent]]:
    """Work on names in processes of their own.

    Parameters
    ----------
    names : sequence of str
        What is worked on, one after the other.
    count : int
        How many processes there are.
    work : callable
        What is done for each name.
    send : callable
        What a process sends when it is done, of the names that it had.

    Returns
    -------
    list of (list of str, Sent)
        For each process the names that it had, and what it has sent.

    Raises
    ------
    sphinx.errors.SphinxParallelError
        If one of them fails.
    """
    following = multiprocessing.get_context("fork").Value("i", 0)
    results: list[tuple[list[str], Sent]] = []

    def taken() -> Iterable[str]:
        while True:
            with following.get_lock():
                place = following.value
                following.value += 1
            if place >= len(names):
                return
            yield names[place]

    def process() -> tuple[list[str], Sent]:
        done = []
        for name in taken():
            work(name)
            done.append(name)
        return done, send(done)

    tasks = ParallelTasks(count)
    for _ in range(count):
        tasks.add_task(process, None, lambda _, result: results.append(result))
    tasks.join()
    return results


def set_count(app: Sphinx) -> None:
    """Take as many processes as are set, or as there may be.

    Raises
    ------
    ConfigError
        If the setting is no number of processes.
    """
    count = app.config.processes
    if count < 0:
        raise ConfigError(f"processes is {count}: expected 1 or more, or 0 for one a processor")
    # Who starts Sphinx with a number of jobs has said it.
    if app.parallel == 1:
        app.parallel = count or available()


def setup(app: Sphinx) -> None:
    """Add the setting."""
    app.add_config_value("processes", 0, "", int)
    app.connect("builder-inited", set_count)

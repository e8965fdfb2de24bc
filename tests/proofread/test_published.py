"""Published texts, each in its author's notation: what is checked as it stands stays so."""

import dataclasses
import sys
from pathlib import Path

import pytest

from proofread.text import Entry, read_file

sys.path.insert(0, str(Path(__file__).parent / "published"))
import count

PATHS = [path for paths in count.texts().values() for path in paths]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_display_is_what_its_label_says_and_what_is_rewritten_was_refused(path):
    text = read_file(path)
    verdicts = [*text.problems, *text.verdicts(100)]
    assert not [verdict.report() for verdict in verdicts if not verdict.in_order]
    labels = {entry.display.label: entry for entry in text.entries}
    for printed in count.PRINTED.finditer(path.read_text(encoding="utf-8")):
        near = labels.get(printed[3], text.entries[-1])
        for label in ("eq-printed", "show-printed"):
            display = dataclasses.replace(near.display, label=label, latex=printed[1])
            verdict = text.verdict(Entry(display, near.scope), 20)
            assert not verdict.in_order, f"this is in order as it stands:\n{printed[1]}"


def test_most_is_checked_as_it_stands_and_little_is_not_expressible():
    stand, rewritten, out = map(sum, zip(*map(count.count, PATHS), strict=True))
    assert len(count.texts()) == 10
    assert stand >= 0.6 * (stand + rewritten + out)
    assert out <= 0.1 * (stand + rewritten + out)

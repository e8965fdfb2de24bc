"""The specification: what is in order, what is not, and for which reason."""

import re

import pytest

from proofread.specification import groups, judged


@pytest.mark.parametrize("group", groups(), ids=lambda group: group["group"])
def test_every_verdict_is_the_one_that_the_table_gives(group):
    rows = judged(group).rows
    assert len(rows) == len(group["rows"])
    wrong = [
        f"expected {reason}: {verdict.report()}"
        for verdict, reason in rows
        if verdict.in_order != (reason is None) or not re.search(reason or "", verdict.message)
    ]
    assert not wrong, "\n".join(wrong)

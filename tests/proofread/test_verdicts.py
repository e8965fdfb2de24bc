"""The specification: what is in order, what is not, and for which reason."""

import re
from importlib import resources

import pytest
import yaml

GROUPS = yaml.safe_load((resources.files("proofread") / "verdicts.yaml").read_text("utf-8"))


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group["group"])
def test_every_verdict_is_the_one_that_the_table_gives(group, write):
    shown = [*group.get("definitions", {}).items(), *(row[:2] for row in group["rows"])]
    displays = "\n".join(f"$$ {latex} $$ ({label})\n" for label, latex in shown)
    text = write(group["tables"] + "\n" + displays)
    assert not text.problems, [problem.report() for problem in text.problems]
    reasons = {label: reason[0] if reason else None for label, _, *reason in group["rows"]}
    wrong = []
    for verdict in text.verdicts(100):
        reason = reasons.get(verdict.display.label)
        if verdict.in_order != (reason is None) or not re.search(reason or "", verdict.message):
            wrong.append(f"expected {reason}: {verdict.report()}")
    assert not wrong, "\n".join(wrong)

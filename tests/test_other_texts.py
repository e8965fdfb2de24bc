"""Formulas of other texts: the program's verdict on each is the one that the pages rest on."""

import pytest

from _site import published, texts, translator

READ = texts.read(published.FILE)
NOTATIONS = translator.notations()


@pytest.mark.parametrize("text", READ, ids=lambda text: text["cite"])
def test_the_program_refuses_what_is_wrong_and_accepts_what_is_right(text):
    verdicts = texts.judged(text)
    for row in text["rows"]:
        assert verdicts[row["label"]].in_order != row.get("wrong", False), row["label"]
        # What is refused is mended, and what is mended holds.
        assert ("right" in row) == row.get("wrong", False)
        assert "right" not in row or verdicts[f"{row['label']}-right"].in_order


def test_enough_texts_are_read():
    assert sum(len(text["rows"]) for text in READ) >= 12
    assert len({text["author"] for text in READ}) >= 8
    assert all(text["copy"] and all(row["place"] for row in text["rows"]) for text in READ)


@pytest.mark.parametrize("notation", NOTATIONS, ids=translator.title)
def test_every_notation_says_what_is_true(notation):
    verdicts = texts.judged(translator.text(notation))
    assert len(verdicts) == 4
    assert [one.report() for one in verdicts.values() if not one.in_order] == []


@pytest.mark.parametrize(
    ("old", "new"), [(r"\nabla_{\mathbf{u}} L", r"\nabla_{\mathbf{w}} L"), ("(1 - ", "(1 + ")]
)
def test_a_slip_in_a_notation_is_refused(old, new):
    text = translator.text(NOTATIONS[0])
    planted = [row | {"latex": row["latex"].replace(old, new)} for row in text["rows"]]
    verdicts = texts.judged(text | {"rows": planted})
    for before, after in zip(text["rows"], planted, strict=True):
        assert verdicts[after["label"]].in_order == (before == after)


def test_all_four_arrangements_are_there_and_differ():
    own = [translator.formulas(notation) for notation in NOTATIONS[:4]]
    assert len({tuple(one.values()) for one in own}) == 4

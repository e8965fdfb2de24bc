# ruff: noqa: E501 (a formula stands on one line)
"""Where texts come from: nothing is dropped without a word, and every place is right."""

import json

import pytest

from proofread.labels import Labels
from proofread.parse import Fault
from proofread.sources import Broken, Display, Inline, Table, Unread, decoded, read


def found(tmp_path, content, name="text.md", labels=None):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return read(path, name, labels)


def displays(events):
    return [(e.label, e.latex.strip(), e.inline) for e in events if isinstance(e, Display)]


# What is written, and what must be found: a display's label, or a word of what is not read.
SEEN = {
    "dollars": ("$$ k = 2 $$ (eq-a)", "eq-a"),
    "no label": ("$$ k = 2 $$", ""),
    "in the line": ("Words $$ k = 2 $$ words.", ""),
    "Quarto": ("$$\nk = 2\n$$ {#eq-a}", "eq-a"),
    "Quarto with more": ("$$ k = 2 $$ {#eq-a .class}", "eq-a"),
    "Quarto's div": ("::: {#thm-one .theorem}\n$$ k = 2 $$ (eq-a)\n:::", "eq-a"),
    "amsmath": ("\\begin{align}\nk = 2 \\label{eq-a}\n\\end{align}", "eq-a"),
    "label within": ("$$ k = 2 \\label{eq-a} $$", "eq-a"),
    "labels of two kinds": ("$$ k = 2 \\label{eq-a} \\\\ k \\label{show-b} $$", "labels of several kinds"),
    "math fence": ("```math\nk = 2\n```", ""),
    "directive": ("```{math}\n:label: eq-a\nk = 2\n```", "eq-a"),
    "directive, in colons": (":::{math}\n:label: eq-a\nk = 2\n:::", "eq-a"),
    "directive, in capitals": ("```{Math}\n:label: eq-a\nk = 2\n```", "eq-a"),
    "directive with YAML": ("```{math}\n---\nlabel: eq-a\n---\nk = 2\n```", "eq-a"),
    "reStructuredText": ("```{eval-rst}\n.. math:: k = 2\n   :label: eq-a\n```", "eq-a"),
    "reStructuredText, block": ("```{eval-rst}\nWords.\n\n.. math::\n   :label: eq-a\n\n   k = 2\n```", "eq-a"),
    "role": ("So {math}`k = 2`.", "k = 2"),
    "role of reStructuredText": ("```{eval-rst}\nSo :math:`k = 2`.\n```", "k = 2"),
    "in a line": ("So $k = 2$.", "k = 2"),
    "in an emphasis": ("So **$k = 2$**.", "k = 2"),
    "an order in a line": ("So $k \\le 2$.", "k \\le 2"),
    "title of an admonition": (":::{note} If $k = 2$\nWords.\n:::", "k = 2"),
    "labelled in a line": ("So [$k = 2$]{#eq-a}.", "eq-a"),
    "definition list": ("Term\n\n:   Words.\n\n    $$ k = 2 $$ (eq-a)", "eq-a"),
    "footnote": ("Words[^1].\n\n[^1]: Words.\n\n    $$ k = 2 $$ (eq-a)", "eq-a"),
    "list": ("1. Words.\n\n   $$ k = 2 $$ (eq-a)", "eq-a"),
    "quote": ("> $$ k = 2 $$ (eq-a)", "eq-a"),
    "table": ("| A |\n|-|\n| $k = 2$ |", "k = 2"),
    "HTML": ("<div>\n$$ k = 2 $$ (eq-a)\n</div>", "raw HTML"),
    "with comments": ("% one\n\n$$ % another\nk = 2 % and one\n$$ (eq-a)", "eq-a"),
    "MathML": ("So <math><mi>k</mi></math>.", "raw HTML"),
    "raw": ("```{raw} html\n\\[ k = 2 \\]\n```", "the directive raw"),
    "brackets": ("\\[ k = 2 \\]", "between \\[ and \\]"),
    "round brackets": ("So \\( k = 2 \\).", "between \\( and \\)"),
    "glue": ("```{glue:math} k\n:label: eq-a\n```", "the directive glue:math"),
    "an included file of another kind": ("```{include} other.rst\n```", "other.rst"),
    "an included file that is missing": ("```{include} none.md\n```", "none.md"),
    "opened": ("$$ k = 2", "never closed"),
    "deep": (">" * 60 + " $$ k = 2 $$", "nested"),
    "deep list": ("\n".join("  " * n + "- a" for n in range(40)) + "\n\n" + "  " * 40 + "$$ k = 2 $$", "nested"),
}  # fmt: skip
UNSEEN = {
    "comment": "<!-- $$ k = 2 $$ (eq-a) -->",
    "comment of MyST": "% $$ k = 2 $$ (eq-a)",
    "code": "`$k = 2$` and\n\n```python\n$$ k = 2 $$\n```",
    "literal": "```{code-block} latex\n$$ k = 2 $$\n```",
    "cell of Quarto": "```{python}\nk = 2 # $$ k = 2 $$\n```",
    "front matter": "---\ntitle: $k = 2$\n---\n\nWords.",
    "escaped": "\\$k = 2\\$",
    "a letter": "So $k$ and $k_i$.",
}


@pytest.mark.parametrize("name", SEEN)
def test_a_formula_is_found_or_named(name, tmp_path):
    text, expected = SEEN[name]
    events = found(tmp_path, text + "\n")
    if expected in ("", "eq-a"):
        (shown,) = [e for e in events if isinstance(e, Display)]
        assert shown.label == expected and "k = 2" in shown.latex and "label" not in shown.latex
    else:
        assert expected in " ".join(one_of(event) for event in events)


def one_of(event):
    return str(
        getattr(event, "message", "") or getattr(event, "what", "") or getattr(event, "latex", "")
    )


@pytest.mark.parametrize("name", UNSEEN)
def test_what_is_no_formula_is_none(name, tmp_path):
    assert not [e for e in found(tmp_path, UNSEEN[name] + "\n") if not isinstance(e, Table)]


def test_a_percent_sign_is_no_comment_in_quarto(tmp_path):
    assert displays(found(tmp_path, "% $$ k = 2 $$ {#eq-a}\n", "text.qmd")) == [
        ("eq-a", "k = 2", False)
    ]


def test_an_included_file_is_read_in_place(tmp_path):
    part = "one\n$$ k = 1 $$ (eq-cut)\n<!-- start -->\n\n$$ k = 2 $$ (eq-in)\n\nstop\n\n$$ k = 3 $$ (eq-out)\n"
    (tmp_path / "part.md").write_text(part)
    text = '$$ k = 0 $$ (eq-a)\n\n```{include} part.md\n:start-after: "<!-- start -->"\n:end-before: stop\n```\n\n$$ k = 4 $$ (eq-z)\n'
    events = found(tmp_path, text)
    assert [label for label, *_ in displays(events)] == ["eq-a", "eq-in", "eq-z"]
    place = events[1].at(1)
    assert (place.file, place.line, place.column) == ("part.md", 5, 4)


def test_a_file_that_includes_itself_is_told_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "b.md").write_text("```{include} a.md\n```\n")
    events = found(tmp_path, "```{include} b.md\n```\n", "a.md")
    assert any(isinstance(e, Broken) and "includes itself" in e.message for e in events)


def test_places_are_those_of_the_text(tmp_path):
    text = "# T\n\n- > $$\n  > k + \\\\\n  > \\omega\n  > $$ (eq-a)\n\nSo $a = b$ and {math}`c = d` and\nthen [$e = f$]{#eq-line}.\n\n:::{note}\n$$ kk = \\omega $$ (eq-b)\n\n```{math}\n:label: eq-c\n\nk = \\omega\n```\n:::\n\n````{exercise}\n:label: one\n\n```{dropdown} Hint\n$$ k = 2 $$ (eq-d)\n```\n````\n"
    labels = ["eq-a", "eq-line", "eq-b", "eq-c", "eq-d"]
    assert [label for label, *_ in displays(found(tmp_path, text))] == labels
    lines = text.split("\n")
    for event in found(tmp_path, text):
        if isinstance(event, Display):
            for sign in [s for s in ("\\omega", "k", "e =") if s in event.latex]:
                place = event.at(event.latex.index(sign))
                assert lines[place.line - 1][place.column - 1 :].startswith(sign), place
        elif isinstance(event, Inline):
            assert lines[event.place.line - 1][event.place.column - 1 :].startswith(event.latex)


@pytest.mark.parametrize("ascii_only", [True, False])
def test_places_in_a_notebook_are_those_of_the_cell_and_of_the_file(ascii_only, tmp_path):
    source = 'Σ "quoted"\n\n$$\nk = \\omega\n$$ (eq-a)\n'
    cells = [{"cell_type": "code", "source": ["$$ 1"], "outputs": [], "metadata": {}},
             {"cell_type": "markdown", "source": source.splitlines(keepends=True), "metadata": {}}]  # fmt: skip
    content = json.dumps({"cells": cells}, indent=1, ensure_ascii=ascii_only)
    (event,) = found(tmp_path, content, "text.ipynb")
    place = event.at(event.latex.index("\\omega"))
    assert (place.cell, place.line, place.column) == (2, 4, 5)
    line, column = place.raw
    assert content.split("\n")[line - 1][column - 1 :].startswith("\\\\omega")


def test_what_a_cell_prints_is_named(tmp_path):
    outputs = [{"data": {"text/latex": ["$$k$$"]}}, {"data": {"text/markdown": "$k = 2$"}},
               {"data": {"text/html": "<b>$$k$$</b>"}}, {"text": "$$ k $$"}, {"data": {"text/markdown": "words"}}]  # fmt: skip
    cell = {"cell_type": "code", "source": "", "outputs": outputs, "metadata": {}}
    raw = {"cell_type": "raw", "source": "$$ k = 2 $$"}
    events = found(tmp_path, json.dumps({"cells": [cell, raw]}), "text.ipynb")
    assert [type(e) for e in events] == [Unread, Inline, Unread, Unread]
    cell["metadata"] = {"tags": ["remove-output"]}
    assert not found(tmp_path, json.dumps({"cells": [cell]}), "text.ipynb")


def test_labels_of_another_book():
    labels = Labels({"eq:": "claim", "eq:loss": "definition"})
    kinds = {one: labels.kind_of(one) for one in ("eq:a", "eq:loss", "eq-a", "fig-a", "eq-", "")}
    assert kinds == {
        "eq:a": "claim",
        "eq:loss": "definition",
        "eq-a": "claim",
        "fig-a": "",
        "eq-": "",
        "": "",
    }


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfa\r\nb\rc", b"a\nb\nc"])
def test_byte_order_marks_and_line_ends_of_every_system(content):
    assert decoded(content, "x.md") == "a\nb\nc"


def test_another_encoding_is_named_with_its_line():
    with pytest.raises(Fault, match="line 2 holds the byte 0x93; save it as UTF-8"):
        decoded("a\n“b”".encode("cp1252"), "x.md")

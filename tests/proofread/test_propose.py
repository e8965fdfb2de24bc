"""An author who starts from ``proofread init`` is in order soon."""

import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from proofread.command import main

HERE = Path(__file__).parent
VECTORS = r"""# Softmax

$$ \mathbf{o} = \mathbf{x} \mathbf{W} + \mathbf{b} $$ (def-o)

$$ p_k = \frac{\exp(o_k)}{\sum_j \exp(o_j)} $$ (def-p)

$$ L = -\sum_k t_k \ln p_k $$ (def-L)

$$ \frac{\partial L}{\partial o_k} = p_k - t_k $$ (eq-error)

$$ \frac{\partial p_k}{\partial o_j} = p_k (\delta_{kj} - p_j) $$ (eq-slopes)
"""


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(list(arguments))
    return status, *capsys.readouterr()


def test_a_page_of_ten_displays_is_in_order_in_three_runs(tmp_path, capsys):
    page = tmp_path / "chapter.md"
    shutil.copy(HERE / "chapter.md", page)
    assert run(capsys, str(page))[0] == 1
    assert run(capsys, "init", "--write", str(page)) == (0, "", "")
    # What only the author knows: the sizes of this net.
    text = page.read_text().replace("| units i | 3 |", "| units i | 5 |")
    assert "| units i | 5 |" in text
    page.write_text(text)
    status, out, _ = run(capsys, str(page), "--format", "json")
    assert (status, json.loads(out)["summary"]["displays"]) == (0, 10)
    # The table claims no more than it must: each mistake in the page is still found.
    page.write_text(text.replace(r"\frac{\lambda}{2}", r"\lambda"))
    assert run(capsys, str(page))[0] == 1


UNLABELLED = re.sub(r" \((?:def|eq)-[^)]*\)", "", (HERE / "chapter.md").read_text())


@pytest.mark.parametrize("suffix", [".md", ".qmd", ".ipynb"])
def test_a_page_without_labels_is_in_order_in_three_runs(suffix, tmp_path, capsys):
    page = tmp_path / f"chapter{suffix}"
    parts = [part.splitlines(keepends=True) for part in UNLABELLED.split("\n\n")]
    cells = [{"cell_type": "markdown", "metadata": {}, "source": part} for part in parts]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    page.write_text(json.dumps(notebook, indent=1) if suffix == ".ipynb" else UNLABELLED)
    _, out, _ = run(capsys, str(page))
    assert out.count("without a label") == 10 and "proofread init" in out
    assert run(capsys, "init", "--write", str(page)) == (0, "", "")
    status, out, _ = run(capsys, str(page), "--format", "json")
    kinds = Counter(one["kind"] for one in json.loads(out)["displays"])
    assert (status, kinds) == (0, {"definition": 6, "claim": 4})


FORMS = r"""
```{math}
a = b + c
```

> ````{note}
> ```{math}
> d = 2 a
> ```
> ````

\begin{align}
f &= a + d
\end{align}

- item

  $$
  g = f^2
  $$

Words $$ g = f f $$ words.

$$ a_1 + g $$
"""


def test_each_form_of_a_display_gets_its_label_and_the_rest_is_named(tmp_path, capsys):
    page = tmp_path / "a-page.md"
    page.write_text(FORMS)
    _, out, _ = run(capsys, "init", str(page))
    assert f"{page}:2: (def-a-page-a)" in out and page.read_text() == FORMS
    status, _, err = run(capsys, "init", "--write", str(page))
    assert status == 1 and "(eq-a-page-5) of g = f f" in err
    _, out, _ = run(capsys, str(page), "--format", "json")
    labels = [one["label"] for one in json.loads(out)["displays"]]
    assert labels == ["def-a-page-a", "def-a-page-d", "def-a-page-f", "def-a-page-g", None,
                      "show-a-page-6"]  # fmt: skip
    put = r" \([a-z]+-a-page-\w+\)|\\label\{.*?\}|[> ]*:label: .*\n"
    assert re.sub(put, "", page.read_text()).endswith(FORMS)


def test_arrays_are_joined_where_they_are_multiplied_and_softmax_has_one_mistake_to_mend(
    tmp_path, capsys
):
    page = tmp_path / "softmax.md"
    page.write_text(VECTORS)
    assert run(capsys, "init", "--write", str(page))[0] == 0
    # A formula does not tell that the targets add up to 1.
    assert run(capsys, str(page))[0] == 1
    text, count = re.subn(
        r"(\$t_\{k\}\$ \| units \w) \| any number", r"\1 | one-hot", page.read_text()
    )
    assert count == 1
    page.write_text(text)
    assert run(capsys, str(page))[0] == 0


def test_only_what_lacks_a_row_is_proposed(tmp_path, capsys):
    page = tmp_path / "page.md"
    table = "| Layer | Units |\n|-|-|\n| inputs | 3 |\n\n| Symbol | Over | Value |\n|-|-|-|\n"
    row = "| $x_i$ | inputs | any number |\n"
    page.write_text(f"{table}{row}\n$$ s = \\sum_i w_i x_i $$ (def-s)\n")
    status, out, _ = run(capsys, "init", str(page))
    assert status == 0 and "| $w_{i}$ | inputs | any number | |" in out
    assert "$x" not in out and "Layer" not in out
    assert page.read_text().count("$w") == 0
    page.write_text(f"{table}{row}\n$$ x_i + x_i = 2 x_i $$ (eq-s)\n")
    assert run(capsys, "init", str(page))[1:] == ("", f"{page}: no symbol lacks a row\n")


def test_a_file_is_written_only_when_that_is_asked_and_keeps_all_else(tmp_path, capsys):
    page = tmp_path / "page.md"
    before = (
        "\ufeff---\r\na: 1\r\n---\r\nTitle\r\n=====\r\nText.\r\n\r\n$$ r + r = 2r $$ (eq-a)\r\n"
    )
    page.write_bytes(before.encode())
    run(capsys, "init", str(page))
    assert page.read_bytes() == before.encode()
    run(capsys, "init", "--write", str(page))
    after = page.read_bytes().decode()
    head, table, rest = after.partition("| Symbol | Over | Value | Meaning |")
    assert head.endswith("Title\r\n=====\r\n\r\n") and table and rest.endswith(before[-35:])
    assert "\n" not in after.replace("\r\n", "") and run(capsys, str(page))[0] == 0
    assert [one.name for one in tmp_path.iterdir()] == ["page.md"]


def test_what_cannot_be_read_is_named_and_what_cannot_be_written_is_left(tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text("$$ \\int_0^1 r = s $$ (eq-a)\n\n$$ c + c = 2 c $$ (eq-b)\n")
    status, out, err = run(capsys, "init", str(page))
    assert status == 1 and "page.md:1: integrals" in err and "$c$" in out
    book = tmp_path / "book.ipynb"
    cell = {"cell_type": "markdown", "source": "$$ c + c = 2 c $$ (eq-b)", "metadata": {}}
    book.write_text(
        json.dumps({"cells": [cell], "nbformat": 4, "nbformat_minor": 5, "metadata": {}})
    )
    before = book.read_bytes()
    assert "$c$" in run(capsys, "init", str(book))[1] and book.read_bytes() == before
    book.write_bytes(before.replace(b"[", b"[ "))
    with pytest.raises(SystemExit) as stop:
        main(["init", "--write", str(book)])
    assert stop.value.code == 2 and "not set as notebooks are" in capsys.readouterr().err
    assert book.read_bytes() == before.replace(b"[", b"[ ")
    page.write_bytes(b"$$ c + c = 2 c $$ (eq-b)\r\n\n")
    with pytest.raises(SystemExit):
        main(["init", "--write", str(page)])
    assert "end in several ways" in capsys.readouterr().err


def test_an_e_that_nothing_defines_is_the_base_of_the_logarithm(tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text("$$ s = e^{r} $$ (def-s)\n")
    assert "| $e$ | | Euler's number | |" in run(capsys, "init", str(page))[1]
    page.write_text("$$ e = t - y $$ (def-e)\n")
    assert "| $e$ | | defined | |" in run(capsys, "init", str(page))[1]

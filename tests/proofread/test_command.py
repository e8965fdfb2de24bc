# ruff: noqa: E501 (a formula stands on one line)
"""The command line: formats, exit codes, streams, and input of every sort."""

import cProfile
import io
import json
import pstats
import re
import subprocess
import sys

import pytest

import proofread.text
from proofread.command import main

HEAD = "| Symbol | Over | Value |\n|-|-|-|\n| $k$ | | any number |\n| $z$ | | defined |\n\n"
TEXT = (
    HEAD
    + "$$ k + k = 2k $$ (eq-a)\n\n$$\nk + 1 =\n  3k\n$$ (eq-b)\n\n<div>$$ k $$</div>\n\nSo $k = 2$.\n"
)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_json_has_the_fields_that_programs_rely_on(here, capsys):
    (here / "a.md").write_text(TEXT)
    assert main(["--format", "json", "--networks", "7", "--seed", "3", "a.md"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"displays", "not_read", "summary"}
    holds, fails = found["displays"]
    fields = ["file", "line", "column", "label", "number", "kind", "in_order", "message", "counterexample", "repair"]  # fmt: skip
    assert list(holds) == list(fails) == fields
    assert holds == holds | {"file": "a.md", "line": 6, "label": "eq-a", "kind": "claim", "in_order": True, "counterexample": None, "repair": None}  # fmt: skip
    assert (fails["line"], fails["column"], fails["in_order"]) == (10, 3, False)
    example = fails["counterexample"]
    assert example["right"] == pytest.approx(3 * (example["left"] - 1)) and example["indices"] == {}
    assert found["not_read"] == [
        {"file": "a.md", "line": 13, "what": "a formula in raw HTML"},
        {"file": "a.md", "line": 15, "what": "a formula in a line: k = 2"},
    ]
    summary = {
        "displays": 2,
        "claims": 2,
        "not_in_order": 1,
        "not_read": 2,
        "networks": 7,
        "seed": 3,
    }
    assert found["summary"] == found["summary"] | summary


def test_sarif_names_place_and_rule(here, capsys):
    (here / "a.md").write_text(TEXT)
    assert main(["--format", "sarif", "a.md"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["version"] == "2.1.0"
    results = found["runs"][0]["results"]
    assert [one["ruleId"] for one in results] == ["not-in-order", "not-read"]
    place = results[0]["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "a.md"},
        "region": {"startLine": 10, "startColumn": 3},
    }
    rules = {rule["id"] for rule in found["runs"][0]["tool"]["driver"]["rules"]}
    assert rules >= {one["ruleId"] for one in results}


def test_quiet_prints_only_what_is_not_in_order(here, capsys):
    (here / "a.md").write_text(TEXT)
    assert main(["--quiet", "a.md"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("a.md:10:3 (eq-b): does not hold") and "displays" not in out
    (here / "a.md").write_text(HEAD + "$$ k + k = 2k $$ (eq-a)\n")
    assert main(["--quiet", "a.md"]) == 0
    assert capsys.readouterr().out == ""


def test_another_seed_draws_other_networks(here, capsys):
    (here / "a.md").write_text(HEAD + "$$ k = 2k $$ (wrong-a)\n")
    shown = set()
    for seed in ("0", "1"):
        assert main(["--list", "--seed", seed, "a.md"]) == 0
        shown.add(capsys.readouterr().out)
    assert len(shown) == 2


@pytest.mark.parametrize(
    ("text", "place"),
    [(TEXT, "<stdin>:10:3"),
     (json.dumps({"cells": [{"cell_type": "markdown", "source": TEXT}]}),
      "<stdin>, cell 1, line 10, column 3")],
)  # fmt: skip
def test_standard_input(here, monkeypatch, capsys, text, place):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert main(["-"]) == 1
    assert f"{place} (eq-b)" in capsys.readouterr().out


def test_a_fault_of_the_program_loses_no_other_report(here, capsys, monkeypatch):
    (here / "a.md").write_text(
        HEAD + "$$ k = 2k $$ (eq-a)\n\n$$ k = 3k $$ (eq-b)\n\n$$ k = 4k $$ (eq-c)\n"
    )
    judge = proofread.text.Checker.claim

    def fails(self, verdict, *rest, **options):
        if verdict.display.label == "eq-b":
            raise ZeroDivisionError("planted")
        return judge(self, verdict, *rest, **options)

    monkeypatch.setattr(proofread.text.Checker, "claim", fails)
    assert main(["a.md"]) == 3
    out = capsys.readouterr().out
    assert "(eq-a): does not hold" in out and "(eq-c): does not hold" in out
    assert "(eq-b): a fault of the program, not of the text: ZeroDivisionError: planted" in out
    assert main(["--format", "json", "a.md"]) == 3
    assert json.loads(capsys.readouterr().out)["summary"]["faults_of_the_program"] == 1


def test_one_cause_has_one_report(here, capsys):
    """A definition that cannot be read is reported once; what rests on it is named, not reported."""
    text = (
        HEAD.replace("$k$", "$q$")
        + "$$ z = 2 k $$ (def-z)\n\n$$ z = q $$ (eq-a)\n\n$$ k = 2 $$ (eq-b)\n"
    )
    (here / "a.md").write_text(text)
    assert main(["a.md"]) == 1
    report, latex, caret, *rest = capsys.readouterr().out.splitlines()
    assert (
        report.startswith("a.md:6:10 (def-z): unknown symbol k") and latex[caret.index("^")] == "k"
    )
    assert rest[:-1] == [
        "not judged, since def-z is not in order: eq-a (a.md:8:4)",
        "unknown symbol k: no symbol table in scope declares it, also: eq-b (a.md:10:4)",
    ]
    assert main(["--format", "json", "a.md"]) == 1
    messages = [one["message"] for one in json.loads(capsys.readouterr().out)["displays"]]
    assert "rests on def-z, which was found but could not be read" in messages[1]


def test_numbers_are_shown_in_as_many_digits_as_differ(here, capsys):
    (here / "a.md").write_text(HEAD + "$$ k = k + 0.0000001 $$ (eq-a)\n")
    assert main(["a.md"]) == 1
    line = capsys.readouterr().out.splitlines()[0]
    left, right = line.partition("the left side is ")[2].split(", the right side ")
    assert left != right and len(left) < 14


def test_labels_that_another_book_uses(here, capsys):
    config = '[tool.proofread.labels]\n"eq:" = "claim"\n"eq:z" = "definition"\n'
    (here / "pyproject.toml").write_text(config)
    text = (
        HEAD
        + "$$ z = 2k \\label{eq:z} $$\n\n\\begin{equation}\nz = k + k\n\\label{eq:sum}\n\\end{equation}\n\n$$ z = k $$ {#eq-no}\n"
    )
    (here / "a.md").write_text(text)
    assert main(["--list", "a.md"]) == 1
    out = capsys.readouterr().out
    assert [line.split("  ")[:2] for line in out.splitlines() if line.startswith(("eq:", "eq-"))] == [
        ["eq:z", "definition"], ["eq:sum", "claim"], ["eq-no", "claim"],
    ]  # fmt: skip
    assert "(eq-no): does not hold" in out and "1 not in order" in out


TOC = """\
format: jb-book
root: intro
parts:
- chapters:
  - file: ch/one
    sections:
    - file: ch/deep
      sections:
      - file: ch/deeper
  - glob: ch/g*
  - url: https://example.org
"""


def test_every_chapter_of_the_contents_is_read_once(here, capsys):
    (here / "pyproject.toml").write_text("[tool.proofread]\n")
    (here / "_toc.yml").write_text(TOC)
    (here / "ch").mkdir()
    names = ["intro", "ch/one", "ch/deep", "ch/deeper", "ch/g1", "ch/g2"]
    for name in names:
        (here / f"{name}.md").write_text(f"$$ 1 + 1 = 2 $$ (eq-{name.split('/')[-1]})\n")
    assert main(["--list"]) == 0
    found = [line.split("  ")[2] for line in capsys.readouterr().out.splitlines()[:-1]]
    assert found == [f"{name}.md:1" for name in names]
    (here / "pyproject.toml").write_text('[tool.proofread]\nfiles = ["intro.md", "ch/*.md"]\n')
    (here / "_toc.yml").unlink()
    assert main(["--list"]) == 0
    assert capsys.readouterr().out.count("eq-") == len(names)


# What to feed it, a word of the report, and how the console writes; all in bounded time and memory.
ROBUST = {
    "byte-order mark": ("\ufeff" + TEXT, "2 displays", "utf-8"),
    "console of another encoding": (HEAD + "$$ z = 2 z \\omegä → $$ (def-z)\n", "1 not in order", "cp1252"),
    "control characters": (HEAD + "$$ k = \x1b[2J\x07 k $$ (eq-a)\n", r"\\x1b does not fit", "utf-8"),
    "5,000 digits": (HEAD + f"$$ k = \\sum_{{i=1}}^{{{'1' * 5000}}} k $$ (eq-a)\n\n$$ k = {'1' * 5000} $$ (eq-b)\n", "2 not in order", "utf-8"),
    "superscript digits": (HEAD.replace("$k$", "$k^{²}$") + "$$ k² = k^{²} $$ (eq-a)\n", "not in order", "utf-8"),
    "unclosed environments": (HEAD + "\\begin{align}\n" * 20_000, "never closed", "utf-8"),
    "emphasis": (HEAD + "*a **b " * 30_000, "no display to check", "utf-8"),
    "brackets": (HEAD + "[" * 20_000 + "\n\n" + "[a](" * 5_000, "no display to check", "utf-8"),
    "64 by 64": ("| Layer | Units |\n|-|-|\n| a | 64 |\n| b | 64 |\n\n| Symbol | Over | Value | Meaning |\n|-|-|-|-|\n| $W_{ij}$ | a × b | any number | |\n| $x_i$ | a | any number | |\n| $y_j$ | b | defined | |\n| $L$ | | defined | loss |\n\n$$ y_j = \\sum_i x_i W_{ij} $$ (def-y)\n\n$$ L = \\sum_j y_j^2 $$ (def-L)\n\n$$ \\frac{\\partial L}{\\partial W_{ij}} = 2 x_i y_j $$ (eq-a)\n", "smaller|too (large|many)", "utf-8"),
}  # fmt: skip


# The most memory that Linux ever gave this program stands in its status. What `getrusage` counts
# holds that of the tests which started it.
LIMITED = """
import io, json, re, sys, time
from proofread.command import main
found, out = [], sys.stdout
for number, encoding in enumerate(sys.argv[1:]):
    start, sys.stdout = time.process_time(), io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    code = main([f"{number}.md"])
    sys.stdout.flush()
    said = sys.stdout.buffer.getvalue().decode("utf-8", "replace")
    found.append((code, time.process_time() - start, said))
status = open("/proc/self/status").read() if sys.platform == "linux" else "VmHWM: 0"
json.dump([found, int(re.search(r"VmHWM:\\s*(\\d+)", status)[1])], out)
"""


def test_any_input_ends_in_a_report(here):
    for number, (text, _, _) in enumerate(ROBUST.values()):
        (here / f"{number}.md").write_text(text, encoding="utf-8")
    encodings = [encoding for _, _, encoding in ROBUST.values()]
    result = subprocess.run(
        [sys.executable, "-c", LIMITED, *encodings], capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip
    assert not result.stderr
    found, used = json.loads(result.stdout)
    for (name, (_, expected, _)), (code, seconds, said) in zip(ROBUST.items(), found, strict=True):
        assert code in (0, 1) and re.search(expected, said), f"{name}: {said[-500:]}"
        assert seconds < 40, name
    assert used < 500_000


def test_work_grows_in_line_with_the_rows_of_a_table(here):
    def calls(rows):
        table = "".join(f"| $x_{{\\text{{q{n}}}}}$ | | any number |\n" for n in range(rows))
        (here / "a.md").write_text(HEAD.rstrip("\n") + "\n" + table + "\n$$ k + k = 2k $$ (eq-a)\n")
        with cProfile.Profile() as profile:
            assert main(["a.md"]) == 0
        return pstats.Stats(profile).total_calls

    calls(1)
    assert calls(200) < 2.5 * calls(100)


def test_a_reader_that_has_seen_enough(here):
    (here / "a.md").write_text(
        HEAD + "".join(f"$$ k = {n} k + 1 $$ (eq-{n})\n\n" for n in range(60))
    )
    command = [sys.executable, "-m", "proofread", "a.md"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        first = process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
    assert b"(eq-0)" in first and errors == b"" and process.returncode == 1


def test_without_its_libraries_it_says_what_to_install():
    script = "import sys; sys.modules['lark'] = None; from proofread.__main__ import main; main()"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stderr.startswith("proofread needs lark") and "bp[proofread]" in run.stderr


def test_importing_the_package_imports_nothing_else():
    script = "import sys; import proofread, proofread.pytest_plugin; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not {"numpy", "lark", "markdown_it", "yaml", "sphinx"} & set(run.stdout.split())


def test_reports_come_as_they_are_found(here, monkeypatch):
    """The first report is printed before the second display is judged."""
    (here / "a.md").write_text(HEAD + "$$ k = 2k $$ (eq-a)\n\n$$ k = 3k $$ (eq-b)\n")
    printed = io.StringIO()
    monkeypatch.setattr(sys, "stdout", printed)
    before, judge = {}, proofread.text.Text.verdict

    def noted(self, entry, *rest):
        before[entry.display.label] = printed.getvalue()
        return judge(self, entry, *rest)

    monkeypatch.setattr(proofread.text.Text, "verdict", noted)
    main(["a.md"])
    assert before["eq-a"] == "" and "(eq-a): does not hold" in before["eq-b"]

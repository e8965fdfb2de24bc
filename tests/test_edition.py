"""Which edition it is: its version is named once, and what tells of it agrees."""

import re
import tomllib
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

import numbers_kept as numbers
from _site import edition

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
CHANGES = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_citation_and_the_changes_are_of_the_version_of_the_package():
    assert edition.own_version() == PROJECT["version"] == CITATION["version"]
    release, when = re.search(r"^## (\S+) \((.*)\)$", CHANGES, flags=re.MULTILINE).groups()
    assert release == PROJECT["version"]
    date = str(CITATION.get("date-released", "not released yet"))
    assert when == date


def test_the_citation_names_the_book_as_its_site_does():
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert CITATION["title"] == config["title"]
    assert [author["name"] for author in CITATION["authors"]] == [config["author"]]
    assert {"cff-version", "message"} <= CITATION.keys()


def test_a_citation_has_the_year_of_the_release_and_the_address(tmp_path: Path):
    facts = {"title": "Nets", "authors": [{"name": "A group"}], "date-released": "2031-04-05"}
    (tmp_path / "CITATION.cff").write_text(yaml.safe_dump(facts), encoding="utf-8")
    line, entry = edition.cited(tmp_path, "2026", "https://nets.example/")
    release = f"Version {PROJECT['version']}"
    assert line == f"A group. Nets. {release}, 2031. https://nets.example/"
    assert entry.startswith("@book{nets2031,\n  author = {{A group}},\n  title = {Nets},\n")
    assert entry.endswith(
        f"edition = {{{release}}},\n  year = {{2031}},\n  url = {{https://nets.example/}}\n}}"
    )
    line, _ = edition.cited(ROOT, "2026", "")
    assert line.endswith(f"{release}, 2026.")


def test_a_report_has_its_place_and_the_version_filled_in():
    link = edition.report("mailto:a@b.example?subject={title}&body={body}", "5 x & y", "p.html")
    head, subject, body = re.fullmatch(r"(.*)\?subject=([^&]*)&body=([^&]*)", link).groups()
    assert head == "mailto:a@b.example"
    assert unquote(subject) == "Error in 5 x & y"
    assert unquote(body).startswith(f"Place: p.html\nVersion: {PROJECT['version']}\n")


OLD = {"eq-a": "Equation 1.1", "ex-b": "Exercise 1.1"}
SECTION = "# Changes\n\n## 0.2.0 (not released yet)\n\n{}\n\n## 0.1.0 (2031-04-05)\n\n`eq-a`\n"


@pytest.mark.parametrize(
    ("new", "changes", "lines"),
    [
        (OLD | {"eq-c": "Equation 1.2"}, SECTION, []),
        ({"eq-a": "Equation 1.2"} | {"ex-b": "Exercise 1.1"}, SECTION.format("`eq-a`"), []),
        # The section of an older release says nothing of this one.
        (
            {"eq-a": "Equation 1.2"},
            SECTION,
            ["- `eq-a`: Equation 1.1 is now Equation 1.2", "- `ex-b`: Exercise 1.1 is now gone"],
        ),
        # A section that is released is closed.
        (
            OLD | {"eq-a": "Equation 2.1"},
            "## 0.1.0 (2031-04-05)\n\n`eq-a`\n",
            ["- `eq-a`: Equation 1.1 is now Equation 2.1"],
        ),
    ],
)
def test_a_number_that_moved_is_named_in_the_newest_section(new, changes, lines):
    assert numbers.unsaid(OLD, new, changes) == lines


def test_a_list_is_not_written_while_a_move_is_not_said(tmp_path: Path, capsys):
    page = (
        '<nav id="menu"><ol><li><a href="index.html">One</a></ol></nav><main>'
        '<div id="equation-eq-a"><a class="eqno">({}) ✓</a></div>'
        '<figure id="fig-a"><span class="caption-number">Fig. 1.1 </span></figure></main>'
    )
    file, to = tmp_path / "index.html", tmp_path / "numbers.txt"
    command = ["--site", str(tmp_path), "--to", str(to)]
    assert numbers.main(command) == 1 and "build it first" in capsys.readouterr().err
    file.write_text(page.format("1.1"), encoding="utf-8")
    assert numbers.main(command) == 0
    assert to.read_text(encoding="utf-8") == "eq-a Equation 1.1\nfig-a Fig. 1.1\n"
    file.write_text(page.format("1.2"), encoding="utf-8")
    assert numbers.main(command) == 1
    assert "- `eq-a`: Equation 1.1 is now Equation 1.2" in capsys.readouterr().err
    assert to.read_text(encoding="utf-8").startswith("eq-a Equation 1.1\n")

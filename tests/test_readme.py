"""The README: its picture is Figure 1, what it names is there, its commands are what CI runs."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from bp import figures

ROOT = Path(__file__).parent.parent
README, CONTRIBUTING = (
    (ROOT / f"{name}.md").read_text(encoding="utf-8") for name in ("README", "CONTRIBUTING")
)
PICTURE = ROOT / ".github" / "network.svg"


def test_the_picture_is_figure_1():
    """To store it anew: `python -c "print(figures.network().svg, end='')"` after the imports."""
    assert f"]({PICTURE.relative_to(ROOT)})" in README
    assert PICTURE.read_text(encoding="utf-8") == figures.network()._repr_svg_()


@pytest.mark.parametrize("text", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_what_it_names_is_there(text: str):
    named = re.findall(
        r"`((?:book|src|tests|\.ci|\.github|_\w+\.yml|[\w.]+\.(?:toml|txt|md|cff))[\w./-]*)`", text
    )
    assert len(named) > 15
    missing = [name for name in named if not (ROOT / name).exists()]
    assert missing == []


def test_each_command_is_one_line_that_makes_the_environment_first():
    for name, program in (("build", "jupyter-book build ."), ("test", "pytest")):
        block = re.search(rf"<!-- {name} -->\n```sh\n(.*?)```", README, flags=re.DOTALL)
        assert block[1] == f"python3 tools/run.py {program}\n"


def test_the_hooks_before_a_commit_are_steps_of_ci():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").replace("$within", "")
    steps = {" ".join(line.split()) for line in script.splitlines()}
    entries = [hook["entry"] for repo in hooks["repos"] for hook in repo["hooks"]]
    assert len(entries) == 4
    for entry in entries:
        program = entry.removeprefix("python3 tools/run.py ").removesuffix(" --quiet")
        assert {program, f"{program} ."} & steps, entry


def test_ci_runs_these_commands():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "command_of test" in script and "command_of build" in script
    assert "-W -n --keep-going" in script
    assert "bash .ci/run" in (ROOT / ".github" / "workflows" / "book.yml").read_text(
        encoding="utf-8"
    )


def test_no_file_names_a_machine_or_a_package_index():
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("without git it is not known which of the files here are the book's")
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.split("\n"):
        path = ROOT / name
        if not name or not path.is_file() or path.suffix in (".png", ".npz"):
            continue
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?<![\w.])/(?:work|root|home)/\w", text), name
        assert not re.search(r"https?://[^\s\"')]*(?:/simple/|/packages/|registry\.)", text), name

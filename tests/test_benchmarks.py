"""The benchmarks: the same work for all, honest numbers, and a command that can fail."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

import contenders
import measure
import scaling
from bp import deep
from work import Work

HERE = Path(__file__).parent.parent / "benchmarks"
SMALL = [Work((2, 3, 2), 1), Work((2, 3, 2), 5), Work((4, 3, 5, 3, 2), 6)]
every_contender = pytest.mark.parametrize(
    "contender",
    [
        pytest.param(
            one,
            id=one.name,
            marks=pytest.mark.skipif(
                not contenders.installed(one), reason=f"{one.package} is not installed"
            ),
        )
        for one in contenders.CONTENDERS
        if one.gradient
    ],
)


@pytest.fixture(autouse=True)
def garbage_stays(monkeypatch):
    """Spare each turn of a race a search through all that pytest holds."""
    monkeypatch.setattr(measure.gc, "collect", lambda: 0)


@pytest.fixture
def command(monkeypatch):
    """Return the command, as a function of its arguments."""
    return runpy.run_path(str(HERE), run_name="benchmarks")["main"]


@every_contender
@pytest.mark.parametrize("work", SMALL, ids=str)
def test_everyone_computes_the_same_gradient(contender, work):
    if contender.suits(work):
        reference = contenders.BpDeep(work).gradient()
        assert measure.disagreement(contender(work).gradient(), reference) < 1e-10


def parameters_after(contender, work, count):
    one = contender(work)
    one.steps(count)
    return contenders.leaves_of(getattr(one, "params", None) or one.leaves)


@pytest.mark.parametrize("work", SMALL, ids=str)
def test_the_plain_script_takes_the_steps_of_the_book(work):
    expected = parameters_after(contenders.BpDeep, work, 4)
    ours = [contenders.BpTwoLayer, contenders.PlainTwoLayer, contenders.PlainDeep]
    for contender in ours:
        if contender.suits(work):
            for got, want in zip(parameters_after(contender, work, 4), expected, strict=True):
                np.testing.assert_array_equal(got, want)
    for got, want in zip(parameters_after(contenders.BpInPlace, work, 4), expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-13, atol=1e-15)


def test_disagreement_is_relative_to_the_worst_array():
    one, other = np.array([[1.0, 2.0]]), np.array([[1e-3]])
    assert measure.disagreement([one, other], [one, other]) == 0
    assert measure.disagreement([one, other * 1.5], [one, other]) == pytest.approx(0.5)
    assert measure.disagreement([one], [one, other]) == np.inf
    assert measure.disagreement([one.T, other], [one, other]) == np.inf


def test_everyone_has_the_same_turns():
    log = []

    class Sleeper:
        def __init__(self, name):
            self.name = name

        def steps(self, count):
            log.append(self.name)

    found = measure.in_turn([Sleeper("a"), Sleeper("b")], 3, 0.0, lambda: None)
    assert log == ["a", "a", "b", "b"] + ["a", "b"] * 3
    assert {name: len(times) for name, times in found.items()} == {"a": 3, "b": 3}


def test_ratio_and_spread():
    assert measure.ratio([2.0, 30.0, 5.0], [1.0, 10.0, 1.0]) == 3
    assert measure.spread([1.0, 2.0, 3.0, 4.0, 5.0]) == 1


def test_without_the_package_nothing_is_measured(command, capsys, monkeypatch):
    monkeypatch.setitem(command.__globals__, "installed", lambda one: one.package != "bp")
    assert command(["--work", "1"]) == 1
    assert capsys.readouterr().out.endswith("bp is missing: pip install -e '.[peers]'\n")


def test_the_command_prints_a_table_and_writes_json_on_request(command, capsys, tmp_path):
    file = tmp_path / "times.json"
    assert command(["--work", "1", "--turns", "2", "--turn", "0", "--json", str(file)]) == 0
    printed = capsys.readouterr().out
    assert "FAILED" not in printed
    missing = {one.package for one in contenders.CONTENDERS if not contenders.installed(one)}
    for package in missing:
        assert f"{package} is missing: pip install" in printed
    whole = json.loads(file.read_text())
    assert whole["machine"] in printed
    assert f"Threads: {whole['threads']}" in printed
    found = whole["2-3-2, N = 1"]
    team = [one for one in contenders.CONTENDERS if contenders.installed(one)]
    assert list(found) == [one.name for one in team]
    for one in team:
        assert one.name in printed
        assert len(found[one.name]["seconds"]) == 2 and min(found[one.name]["seconds"]) > 0


def test_a_wrong_gradient_fails_the_command(command, capsys, monkeypatch):
    def wrong(self):
        return [leaf * (1 + 2e-10) for leaf in deep_gradient(self)]

    deep_gradient = contenders.PlainDeep.gradient
    monkeypatch.setattr(contenders.PlainDeep, "gradient", wrong)
    assert command(["--work", "1", "--turns", "2", "--turn", "0"]) == 1
    printed = capsys.readouterr().out
    assert "FAILED: plain script, any depth on 2-3-2, N = 1: its gradient is off by 2" in printed
    monkeypatch.undo()


@pytest.mark.parametrize("bad", [["--work", "9"], ["--turns", "1"], ["--turn", "-1"], ["fast"]])
def test_wrong_usage(command, capsys, bad):
    with pytest.raises(SystemExit) as caught:
        command(bad)
    assert caught.value.code == 2
    assert "usage: python benchmarks" in capsys.readouterr().err


def test_peak_counts_what_is_held_at_one_time():
    def call():
        one = np.ones(1_000_000)
        del one
        return np.ones(2_000_000)

    assert scaling.peak(call) == pytest.approx(16e6, rel=0.01)


def test_growth_has_the_theory_beside_the_times(capsys):
    (row,) = scaling.growth("title", [SMALL[0]])
    assert row["theory"] == 1 + 18 / 12
    assert 0 < row["forward"] and 0 < row["gradient"]
    assert "title" in capsys.readouterr().out


def test_the_scaling_is_drawn_as_measured():
    row = {"forward": 1e-3, "gradient": 2e-3, "measured": 2.0, "theory": 2.5, "bytes": 3e6}
    works = {"width": scaling.WIDTHS, "depth": scaling.DEPTHS, "batch": scaling.BATCHES}
    found = {kind: [row] * len(nets) for kind, nets in works.items()}
    figure = scaling.growth_figure(found)
    times, ratios, memory = (figure.axes[k] for k in (0, 3, 6))
    assert [line.get_ydata()[0] for line in times.lines] == [1e-3, 2e-3]
    assert [line.get_ydata()[0] for line in ratios.lines] == [2.0, 2.5]
    assert [line.get_ydata()[0] for line in memory.lines] == [3.0]
    assert times.lines[0].get_xdata()[0] == 16


def test_a_step_holds_what_it_needs_and_little_more(capsys):
    """The bound of a large net: 1.2 times parameters, gradients, trace and error signals."""
    (row,) = scaling.memory([scaling.LARGE])
    layers, x, t = scaling.started(scaling.LARGE)
    trace = deep.forward(layers, x)
    deltas = deep.deltas(layers, trace, t)
    parts = contenders.leaves_of([layers, layers, trace.a, trace.outputs, deltas])
    assert row["needed"] == sum(one.nbytes for one in parts)
    assert row["readable"] < 1.2 * row["needed"]
    assert row["in place"] < row["needed"]

"""Whole texts are in order, to within rounding."""

import pytest


@pytest.mark.parametrize("name", ["source", "deep", "batch"])
def test_every_display_is_in_order(name, request):
    net = request.getfixturevalue(name)
    reports = [v.report() for v in [*net.text.problems, *net.text.verdicts(100)] if not v.in_order]
    assert not reports, "\n".join(reports)


def test_what_is_compared_is_counted(source):
    def compared(label):
        return source.text.verdict(source.text.find(label), 1000).compared

    assert compared("eq-output-gradient") == "6 index pairs × 1000 random networks"
    assert compared("eq-hidden-slope") == "3 index values × 1000 random networks"
    assert compared("eq-any-gradient") == "12 index pairs × 1000 random networks"
    assert compared("eq-descent") == "6 entries × 1000 random networks"
    assert compared("eq-first-weight") == "1000 random networks"


def test_a_claim_must_fit_in_every_layer_that_it_is_read_for(deep):
    base_case = r"\delta^{(l)}_j = (h^{(l)}_j - t_j) h^{(l)}_j (1 - h^{(l)}_j)"
    verdict = deep.verdict(base_case)
    assert not verdict.in_order
    assert "runs over layer 3 (2), and elsewhere over layer" in verdict.message
    assert deep.verdict(base_case, "wrong-new").in_order
    assert deep.verdict(base_case + r" \qquad \text{for } l = D").in_order
    assert not deep.verdict(base_case + r" \qquad \text{for } l = 2, \dots, D").in_order

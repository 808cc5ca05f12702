"""What the routes count, and who may see it; what streams count is in `tests/hub`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from pitlive import operators
from tests.web.conftest import entries_of, lap


def figures(web: FlaskClient, name: str) -> dict[tuple[str, ...], float]:
    """The series of a metric by their labels' values, in the order of the labels' names."""
    families = text_string_to_metric_families(web.get("/metrics").text)
    samples = [sample for family in families for sample in family.samples if sample.name == name]
    return {tuple(v for _, v in sorted(s.labels.items())): s.value for s in samples}


def test_each_entry_is_counted_by_what_became_of_it(web: FlaskClient, source: str) -> None:
    """Three are new, one of them comes again, and two are none."""
    before = figures(web, "pitlive_entries_total")
    web.post(entries_of(source), json=[lap(1), lap(2), {"type": "lap"}])
    web.post(entries_of(source), json=[lap(2), lap(3), {"type": "nonsense"}])
    after = figures(web, "pitlive_entries_total")

    moved = {outcome: after[outcome] - before[outcome] for outcome in after}
    assert moved == {("accepted",): 3, ("repeat",): 1, ("refused",): 2}


def test_each_request_is_counted_by_its_route_and_not_by_its_address(web: FlaskClient) -> None:
    """What a sender can make up is no label: paths, methods, sources."""
    name = "pitlive_request_seconds_count"
    before = figures(web, name)
    for path in ("/api/v1/sources/no-one/state", "/api/v1/sources/no-two/state", "/no/such/page"):
        web.get(path)
    web.open("/no/such/page", method="BREW")
    after = figures(web, name)

    moved = {labels: after[labels] - before.get(labels, 0) for labels in after}
    assert {labels: n for labels, n in moved.items() if n and "/metrics" not in labels} == {
        ("GET", "/api/v1/sources/<source>/state", "4xx"): 2,
        ("GET", "none", "4xx"): 1,
        ("other", "none", "4xx"): 1,
    }


def test_the_status_says_the_same_as_the_text(web: FlaskClient, source: str) -> None:
    """Name by name; a histogram keeps its buckets together."""
    web.post(entries_of(source), json=lap(1))
    metrics = web.get("/api/v1/status").json["metrics"]
    families = list(text_string_to_metric_families(web.get("/metrics").text))

    assert metrics.keys() == {
        f"{family.name}_total" if family.type == "counter" else family.name for family in families
    }
    (entries,) = [
        one for one in metrics["pitlive_source_entries"] if one["labels"] == {"source": source}
    ]
    assert entries["value"] == 1
    posts = next(
        one for one in metrics["pitlive_request_seconds"] if "POST" in one["labels"].values()
    )
    assert posts["buckets"][-1][1] == posts["count"] > 0


@pytest.mark.parametrize("path", ["/metrics", "/api/v1/status"])
def test_the_metrics_have_the_same_door_as_everything_else(
    make_app: Callable[..., Flask], path: str, tmp_path: Path
) -> None:
    """A name that is not this machine's is refused; where reading needs a login, so do these."""
    file = tmp_path / "operators"
    operators.add(file, "anna", "correct horse")
    private = make_app(operators_file=file, private=True).test_client()

    assert make_app().test_client().get(path, headers={"Host": "evil.example"}).status_code == 403
    assert private.get(path).status_code == 401
    assert private.get(path, auth=("anna", "correct horse")).status_code == 200

"""A conflict is decided once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.conftest import aside_of, entries_of


def decision(operator: str = "anna", **more: Any) -> dict[str, Any]:
    """How somebody decides about car 24 on lap 57."""
    said = {"car": "24", "lap": 57, "tires": 4, "service_ms": 11_400, "reason": "seen on tape"}
    return said | {"operator": operator} | more


def decisions_of(source: str) -> str:
    """Where decisions are posted to."""
    return f"/api/v1/sources/{source}/decisions"


def test_the_first_decision_stands(web: FlaskClient, source: str) -> None:
    """201 with the decision as it is in the log."""
    answer = web.post(decisions_of(source), json=decision(at_ms=7))

    assert answer.status_code == 201
    assert answer.json["decision"] == decision(at_ms=7)
    (logged,) = web.get(entries_of(source)).json["entries"]
    assert logged["uid"] == "decision/24/57"


def test_whoever_comes_second_is_told_who_decided(web: FlaskClient, source: str) -> None:
    """409 says who, when, what and why."""
    web.post(decisions_of(source), json=decision("anna", at_ms=7))

    answer = web.post(decisions_of(source), json=decision("bob", tires=2))

    assert (answer.status_code, answer.mimetype) == (409, "application/problem+json")
    assert answer.json["decision"] == decision("anna", at_ms=7)


def test_the_same_decision_again_is_the_retry_of_a_lost_answer(
    web: FlaskClient, source: str
) -> None:
    """The one who decided is not told that somebody was faster."""
    first = web.post(decisions_of(source), json=decision(at_ms=7))
    again = web.post(decisions_of(source), json=decision(at_ms=9))

    assert (again.status_code, again.json) == (201, first.json)


def test_a_decision_cannot_be_outranked_by_a_revision(web: FlaskClient, source: str) -> None:
    """Nobody overrules by numbering."""
    web.post(decisions_of(source), json=decision("anna"))

    for trick in ({"revision": 5}, {"uid": "another"}, {"amends": "decision/24/57"}):
        assert web.post(decisions_of(source), json=decision("bob") | trick).status_code == 409
        forged = decision("bob") | trick | {"type": "pit_decision"}
        assert web.post(entries_of(source), json=forged).json["accepted"] == 0


def test_of_ten_who_decide_at_the_same_moment_one_does(
    make_app: Callable[..., Flask], source: str
) -> None:
    """Nine are told the name of the tenth."""
    app = make_app()

    def decide(n: int) -> Any:
        return app.test_client().post(decisions_of(source), json=decision(f"operator{n}"))

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(decide, range(10)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert len({answer.json["decision"]["operator"] for answer in answers}) == 1


@pytest.mark.parametrize("wrong", [{"tires": 3}, {"reason": ""}, {"lap": 0}, {"operator": None}])
def test_a_decision_that_cannot_be_right_is_refused(
    web: FlaskClient, source: str, wrong: dict[str, Any]
) -> None:
    """It says which field, is kept where operators see it, and nothing is decided."""
    answer = web.post(decisions_of(source), json=decision() | wrong)

    assert answer.status_code == 422
    assert [one["field"] for one in answer.json["refused"]] == list(wrong)
    assert len(web.get(aside_of(source)).json["aside"]) == 1
    assert web.post(decisions_of(source), json=decision()).status_code == 201

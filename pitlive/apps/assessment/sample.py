"""A made-up test day: 1,800 students of 20 schools, three subjects each, marked as they come in.

As in life, a few scores are corrected, a few are withdrawn, and some are sent twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from pitlive.messages import Json

DISTRICTS = {
    "Northfield": ("Birch Lane", "Hillcrest", "Lakeview", "Northfield Central"),
    "Riverside": ("Ferry Road", "Millbrook", "Riverside Academy", "Willow Bank"),
    "Eastgate": ("Abbey Park", "Castle Street", "Eastgate High", "Orchard Way"),
    "Westbury": ("Foxglove", "Meadow Hall", "Stone Bridge", "Westbury Grove"),
    "Southport": ("Bay View", "Harbour", "Lighthouse", "Southport Middle"),
}
GRADES = ("6", "7", "8")
SUBJECTS = ("Maths", "Reading", "Science")
CLASS = 30
"""Students of a grade of a school."""

BEGIN_MS = 1_780_304_400_000
"""Nine o'clock on 1 June 2026, UTC."""

APART_MS = 1000
"""Mean time between two scores, so that 20x brings 20 a second."""

PASSED = 50
LEVELS = ((40, "Below"), (60, "Basic"), (80, "Proficient"), (101, "Advanced"))

CORRECTED, WITHDRAWN, TWICE = 0.02, 0.005, 0.01
"""Shares of the scores that this happens to."""


@dataclass(frozen=True, slots=True)
class Student:
    """Who sits the test, and how well he or she is expected to do (0-100)."""

    name: str
    district: str
    school: str
    grade: str
    ability: float


def entries(seed: int) -> Iterator[dict[str, Json]]:
    """Yield the scores of the day in the order of their arrival.

    >>> first = next(entries(1))
    >>> sorted(first)[:5]
    ['at_ms', 'district', 'grade', 'level', 'passed']
    """
    chance = Random(seed)
    students = list(_students(chance))
    papers = [(student, subject) for student in students for subject in SUBJECTS]
    chance.shuffle(papers)
    waits = (chance.expovariate(1 / APART_MS) for _ in papers)
    for (student, subject), passed_ms in zip(papers, accumulate(waits), strict=True):
        yield from _marked(student, subject, BEGIN_MS + round(passed_ms), chance)


def _students(chance: Random) -> Iterator[Student]:
    number = 0
    for district, schools in DISTRICTS.items():
        of_district = chance.gauss(61, 4)
        for school in schools:
            of_school = chance.gauss(of_district, 6)
            for grade in GRADES:
                for _ in range(CLASS):
                    number += 1
                    ability = chance.gauss(of_school, 12)
                    yield Student(f"S-{number:04}", district, school, grade, ability)


def _marked(
    student: Student, subject: str, at_ms: int, chance: Random
) -> Iterator[dict[str, Json]]:
    """Yield the score of a paper, and whatever happens to it later."""
    score = _score(student, chance)
    first = _entry(student, subject, score, at_ms)
    yield first
    if chance.random() < TWICE:
        yield first
    if chance.random() < CORRECTED:
        mended = _entry(student, subject, min(100, score + chance.randint(1, 9)), at_ms)
        yield mended | {"revision": 1}
    if chance.random() < WITHDRAWN:
        fact = f"score/{student.name}/{subject}"
        yield {"type": "retract", "amends": fact, "at_ms": at_ms, "revision": 2}


def _score(student: Student, chance: Random) -> int:
    return round(min(100, max(0, chance.gauss(student.ability, 8))))


def _entry(student: Student, subject: str, score: int, at_ms: int) -> dict[str, Json]:
    return {
        "student": student.name,
        "district": student.district,
        "school": student.school,
        "grade": student.grade,
        "subject": subject,
        "score": score,
        "level": next(name for below, name in LEVELS if score < below),
        "passed": score >= PASSED,
        "at_ms": at_ms,
    }

"""What may be sent to a race, as the OpenAPI document shows it; a test sends it all."""

from __future__ import annotations

from pitlive.web.examples import Examples

EXAMPLES = Examples(
    declaration={
        "kind": "race",
        "name": "Bass Pro Shops Night Race",
        "series": "NASCAR Cup",
        "track": "Bristol Motor Speedway",
        "laps": 500,
        "stages": [125, 250, 500],
        "cars": [
            {"car": "20", "driver": "Christopher Bell", "make": "Tyt", "grid": 9},
            {"car": "24", "driver": "William Byron", "make": "Chv", "grid": 2},
        ],
    },
    entries=[
        {"type": "flag", "flag": "green", "at_ms": 0, "lap": 0},
        {"type": "lap", "car": "24", "lap": 1, "at_ms": 16183, "lap_ms": 16183, "place": 2},
        {"type": "pit_in", "car": "24", "at_ms": 912034, "lap": 57},
        {"type": "pit_out", "car": "24", "at_ms": 945871, "lap": 57, "lane_ms": 33837},
    ],
    ndjson=(
        '{"type":"lap","car":"24","lap":2,"at_ms":31790}\n'
        '{"type":"lap","car":"20","lap":2,"at_ms":31905}\n'
    ),
    csv="type,car,lap,at_ms,place\nlap,24,3,47411,1\nlap,20,3,47530,2\n",
)

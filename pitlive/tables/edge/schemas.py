"""What is asked and said of the rows of a table."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from pitlive.web.schemas.shared import Count, Query, Source

USUAL_ROWS, MOST_ROWS, LONGEST_COLUMNS = 100, 5000, 1000

COLUMNS = r"^[0-9]{1,4}(,[0-9]{1,4})*$"
"""Said in the document only: who asks for others is told in our words what would do."""


class RowsQuery(Query):
    """Which rows and columns of a table."""

    offset: Annotated[int, Field(ge=0, le=10**9, description="The first row, from 0.")] = 0
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS, description="At most so many rows.")] = (
        USUAL_ROWS
    )
    columns: Annotated[
        str | None,
        Field(
            max_length=LONGEST_COLUMNS,
            description="Numbers of columns separated by commas; all if absent.",
            json_schema_extra={"example": "0,3", "pattern": COLUMNS},
        ),
    ] = None


class ColumnPart(BaseModel):
    """Cells of one column, all of one version of it."""

    version: Count
    values: list[float]


class TableRows(BaseModel):
    """Rows of a table, with the versions that belong to them."""

    source: Source
    offset: Count
    total: Annotated[Count, Field(description="How many rows the table has.")]
    row_versions: list[Count]
    columns: Annotated[dict[str, ColumnPart], Field(description="Number → the cells asked for.")]

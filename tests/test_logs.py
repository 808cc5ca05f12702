"""What is logged of an error."""

from __future__ import annotations

import pytest
import structlog


def test_an_error_is_logged_with_its_place_and_without_the_values_of_variables(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """They may be secrets, and take seconds to be written."""
    password = "opensesame"
    try:
        raise ArithmeticError(str(len(password)))
    except ArithmeticError:
        structlog.get_logger().exception("not written")
    said = capsys.readouterr().out
    assert "not written" in said
    assert "ArithmeticError: 10" in said
    assert __file__ in said
    assert password not in said

"""The whole promise of the streams once more, as a reader behind nginx has it."""

from tests.hub.test_promise import *  # noqa: F403 - every test there, run on our own server

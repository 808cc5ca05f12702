"""The whole promise of the streams once more, as a reader behind nginx has it."""

from tests.streams.test_promise import *  # noqa: F403 - every test there, run on our own server
from tests.streams.test_slow_readers import (  # noqa: F401 - these do not look at the socket
    test_a_stream_ends_after_its_life_and_resumes,
    test_heartbeats_come_to_idle_readers_and_move_their_cursor,
)

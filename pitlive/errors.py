"""Every error of PitLive: the world's fault, said so that a person can act.

A message says where, what was there, and what would do:
`lap: got 0, want a whole number from 1 to 2000`.
A programmer's mistake is a plain `ValueError` or `TypeError` instead.
"""


class PitLiveError(Exception):
    """Something outside the program was not as it has to be."""


class BadBody(PitLiveError):
    """A request body could not be read at all, so nothing of it was taken."""


class BodyTooLarge(PitLiveError):
    """A request body is larger than the limit, packed or unpacked."""


class UnsupportedContent(PitLiveError):
    """A request body has a content type or coding that is not read here."""


class BadSpec(PitLiveError):
    """A source's declaration is not valid."""


class UnknownSource(PitLiveError):
    """No source of that name has been declared or fed."""


class BadCursor(PitLiveError):
    """Text that should be a cursor is not one."""


class Gone(PitLiveError):
    """The way from the first page of something to here is not known any more."""


class OtherPast(PitLiveError):
    """An entry that a sender knows of is not in the log: what was sent before it may be gone."""


class OtherDeclaration(PitLiveError):
    """Entries were checked by another declaration than the one that is in force."""


class BadFile(PitLiveError):
    """A file could not be read as what it was said to be."""


class ServerAway(PitLiveError):
    """A PitLive server did not answer, for as long as we were willing to wait."""


class RequestRefused(PitLiveError):
    """A PitLive server answered that it will not do what was asked."""


class StoreUnavailable(PitLiveError):
    """Redis cannot do it now: nothing is acknowledged, and whatever it was may be repeated.

    Attributes:
        code: What Redis calls the reason (`"OOM"`); empty while it is away.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class NotAcknowledged(StoreUnavailable):
    """Redis did it, but it is not on all the disks yet that it is to be on."""


class LeaseLost(PitLiveError):
    """Another engine has taken over the source; this one must stop writing."""


class LogWentBack(PitLiveError):
    """Redis came back with less than it had acknowledged: the log begins anew."""


class BadRecord(PitLiveError):
    """A record of the entry log is not what was accepted: figures made from it would be wrong.

    Attributes:
        source: Whose log it is.
        record: Its id, or `declaration`.
        why: What is wrong with it.
    """

    def __init__(self, source: str, record: str, why: str, command: str = "") -> None:
        self.source, self.record, self.why = source, record, why
        command = command or f"pitlive repair {source} {record}"
        super().__init__(
            f"{source}: record {record}: {why}; its figures stay as they are until `{command}`"
        )


class DamagedSource(PitLiveError):
    """What Redis has of a source is not of the form that is written: that source cannot go on.

    Attributes:
        source: Which one.
        key: Which key it is, empty if that is not known.
        why: What was there, what is wanted.
    """

    def __init__(self, source: str, key: str, why: str, command: str = "") -> None:
        self.source, self.key, self.why = source, key, why
        where = f"{source}: key {key}" if key else source
        command = command or f"`pitlive verify {source}` names all that is wrong"
        super().__init__(f"{where}: {why}; {command}, `pitlive delete {source}` removes the source")


class TooManyUnfoldable(PitLiveError):
    """A fold fails at so many entries that leaving them out would hide it."""


class SettingsError(PitLiveError):
    """The settings contradict each other or the machine."""

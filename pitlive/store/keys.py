"""Every Redis key and channel name, and what lives behind it.

    pitlive:sources                    set      names of all sources
    pitlive:{<source>}:meta            hash     spec, version (of the spec), epoch, seq (newest
                                                event), folded (last entry folded in),
                                                token (fencing), late (a counter),
                                                run (life of the Redis that last held it)
    pitlive:{<source>}:entries         stream   facts reported, kept for the life of the source:
                                                u uid, r revision, s seen_ms, d the rest as JSON
    pitlive:{<source>}:uids            hash     uid → "<highest revision> <entry id>"
    pitlive:{<source>}:facts           hash     uid that was amended → highest revision known
    pitlive:{<source>}:events          stream   events published, newest `keep_events`; id <seq>-0,
                                                c channel, m message (the JSON text that is sent)
    pitlive:{<source>}:channels        set      names of the channels that have a state
    pitlive:{<source>}:state:<channel> hash     row key → row as JSON, the newest of each
    pitlive:{<source>}:aside           stream   what could not be taken, newest `KEEP_ASIDE`
    pitlive:{<source>}:lease           string   engine that may write, expires by itself
    pitlive:{<source>}:live            pub/sub  "<epoch> <first seq> <count>", then a line an
                                                event: "<channel> <message>"; no lines when they
                                                were too long to announce: read the log

The braces are a Redis Cluster hash tag: one source, one slot, so the scripts in
`lua/` may touch all of them in one atomic step.
"""

from __future__ import annotations

SOURCES = "pitlive:sources"

KEEP_ASIDE = 10_000
"""Enough to see what is wrong with a feed; a feed that is all wrong must not fill the memory."""


def key(source: str, part: str) -> str:
    """Return the key of one part of a source.

    >>> key("bristol", "entries")
    'pitlive:{bristol}:entries'
    """
    return f"pitlive:{{{source}}}:{part}"


def keys(source: str, *parts: str) -> list[str]:
    """Return the keys of several parts, in order, as a script wants them."""
    return [key(source, part) for part in parts]


def source_of(live: str) -> str:
    """Return the source that a pub/sub channel belongs to.

    >>> source_of("pitlive:{bristol}:live")
    'bristol'
    """
    return live[live.index("{") + 1 : live.index("}")]

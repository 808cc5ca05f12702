"""Every Redis key and channel name, and what lives behind it.

    pitlive:format                     string   which form the keys have, see `store.layout`
    pitlive:sources                    set      names of all sources
    pitlive:engines                    set      names of engines that may live
    pitlive:engine:<name>              string   an engine's figures as Prometheus text, expires
                                                by itself
    pitlive:engine:<name>:lives        string   how an engine is, as JSON; when it expires, so do
                                                all leases of that engine
    pitlive:probe                      string   nothing: written to see whether that can be done
    pitlive:{<source>}:meta            hash     spec, sum (its checksum), about (its kind and
                                                name), version (of the spec), epoch, seq
                                                (newest event), link (which names it and all
                                                before it), folded (last entry folded in),
                                                token (fencing), late (a counter),
                                                repairs (how often the log was repaired),
                                                newest (last entry appended), at_ms (the largest
                                                of all entries),
                                                noted (last entry whose notices are decided;
                                                folded follows with the last of its rows),
                                                notices (number of the newest),
                                                run (life of the Redis that last held it)
    pitlive:{<source>}:entries         stream   facts reported, kept for the life of the source:
                                                a batch a record, as JSON: u uids, r revisions
                                                (absent if all are 0), d the rest of them by
                                                column, s seen_ms, c the checksum of id and
                                                all this (none before there were any); entries
                                                are numbered from 1,
                                                their id is <ms>-<number>, that of a record is
                                                the id of its last entry
    pitlive:{<source>}:broken          hash     record of the log that was set aside as damaged,
                                                or before which entries are missing → first
                                                and last of their numbers, reason, at_ms, its
                                                fields in Base64
    pitlive:{<source>}:uids            hash     uid → id of its entry of the highest revision,
                                                before it "<revision> " if that is not 0
    pitlive:{<source>}:facts           hash     uid that was amended → highest revision known
    pitlive:{<source>}:events          stream   events published, newest `keep_events`; id <seq>-0,
                                                c channel, m message (the JSON text that is
                                                sent), h link (absent in those of before there
                                                was a chain)
    pitlive:{<source>}:channels        set      names of the channels that have a state
    pitlive:{<source>}:state:<channel> hash     row key → row as JSON, the newest of each
    pitlive:{<source>}:packed:<name>   string   a column of a table, 8 bytes a cell, or `rows`: how
                                                often the cells of each row were changed; of a
                                                race `lap/<n>`: what it looked like then, as
                                                gzipped JSON, empty if that lap is no more
    pitlive:{<source>}:coming:<name>   string   the same, as far as it has been written ahead of
                                                the publish that puts it in its place, or what
                                                that has replaced, until it is freed
    pitlive:{<source>}:aside           stream   what could not be taken, newest `KEEP_REJECTED`
    pitlive:{<source>}:unfoldable      hash     id of an entry at which the fold fails, and which
                                                is left out → why, as JSON; @under which program
                                                and declaration that is so, and @newest of them
    pitlive:{<source>}:notices         hash     id → what a webhook has to tell, as JSON
    pitlive:{<source>}:fates           hash     id → what became of it so far, as JSON
    pitlive:{<source>}:pending         zset     ids that wait for delivery, by number
    pitlive:{<source>}:delivered       zset     ids delivered, newest `KEEP_DELIVERED`
    pitlive:{<source>}:dead            zset     ids given up, newest `KEEP_NOTICES`
    pitlive:{<source>}:told            hash     "<webhook>/<type>/<row key>" → "<run> <ms>", the
                                                newest run told of under this @version of the
                                                declaration, and when it began or ended
    pitlive:{<source>}:courier         string   courier that may deliver, expires by itself
    pitlive:{<source>}:lease           string   engine that may write, for as long as it lives;
                                                `deleting` or `pitlive-repair` while nobody may,
                                                which expires by itself
    pitlive:{<source>}:bell            pub/sub  to the engines: entries, declared, free or gone
    pitlive:{<source>}:gone            string   when a source of this name was deleted [us], if
                                                there is no other since; expires by itself
    pitlive:{<source>}:live            pub/sub  "<cursor before> <cursor> <us since 1970>", then
                                                a line an event: "<channel> <link> <message>"; no
                                                lines when they were too long to announce: read
                                                the log; twice the same: it is deleted

The braces are a Redis Cluster hash tag: one source, one slot, so the scripts in
`lua/` may touch all of them in one atomic step.
"""

from __future__ import annotations

from collections.abc import Iterable

LAYOUT = "pitlive:format"
SOURCES = "pitlive:sources"
ENGINES = "pitlive:engines"
PROBE = "pitlive:probe"
BELLS = "pitlive:{*}:bell"
"""Of all sources, as a pattern."""

PARTS = (
    "entries",
    "broken",
    "uids",
    "facts",
    "events",
    "aside",
    "unfoldable",
    "notices",
    "fates",
    "pending",
    "delivered",
    "dead",
    "told",
    "courier",
    "lease",
)
"""Of a source, besides those that tell of it and those of its channels and columns."""

TYPES = {
    "meta": "hash",
    "entries": "stream",
    "broken": "hash",
    "uids": "hash",
    "facts": "hash",
    "events": "stream",
    "channels": "set",
    "state": "hash",
    "packed": "string",
    "coming": "string",
    "aside": "stream",
    "unfoldable": "hash",
    "notices": "hash",
    "fates": "hash",
    "pending": "zset",
    "delivered": "zset",
    "dead": "zset",
    "told": "hash",
    "courier": "string",
    "lease": "string",
    "gone": "string",
}
"""Part of a source, of `state:<channel>` and its like what comes before the colon → its type."""

KEEP_REJECTED = 10_000
"""Enough to see what is wrong with a feed; a feed that is all wrong must not fill the memory."""

KEEP_NOTICES = 10_000
"""Notices that wait, and as many that were given up; a receiver that is away has a bound."""

KEEP_DELIVERED = 1000
"""Enough to see that and how fast they arrive."""


def key(source: str, part: str) -> str:
    """Return the key of one part of a source.

    >>> key("bristol", "entries")
    'pitlive:{bristol}:entries'
    """
    return f"pitlive:{{{source}}}:{part}"


def keys(source: str, *parts: str) -> list[str]:
    """Return the keys of several parts, in order, as a script wants them."""
    return [key(source, part) for part in parts]


def keys_of(sources: Iterable[str], part: str) -> list[str]:
    """Return the keys of one part of many sources."""
    return [key(source, part) for source in sources]


def figures(engine: str) -> str:
    """Return the key of what an engine tells of itself.

    >>> figures("pit-4711-a1b2c3")
    'pitlive:engine:pit-4711-a1b2c3'
    """
    return f"pitlive:engine:{engine}"


def lives(engine: str) -> str:
    """Return the key that is there for as long as an engine lives.

    >>> lives("pit-4711-a1b2c3")
    'pitlive:engine:pit-4711-a1b2c3:lives'
    """
    return f"{figures(engine)}:lives"


def source_of(live: str) -> str:
    """Return the source that a pub/sub channel belongs to.

    >>> source_of("pitlive:{bristol}:live")
    'bristol'
    """
    return live[live.index("{") + 1 : live.index("}")]

"""What outside systems send → entries. Pure: lines, rows and documents in, entries out.

An entry here is a plain dict as in `docs/protocol.md`, not yet checked: the server's
door (`pitlive.kind`) does that, once, for every feed alike.
"""

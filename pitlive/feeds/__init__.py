"""What outside systems send → entries. Pure: lines and rows in, entries out.

An entry here is a plain dict as in `docs/protocol.md`, not yet checked: the server's
door (`pitlive.kinds`) does that, once, for every feed alike.
"""

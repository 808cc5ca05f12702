"""The race domain: reported facts in, figures out; pure, usable without a server.

`kind` is what the edge and the engine know of it; `frame` is the door for notebooks.
The meaning of every figure is in `docs/stats.md`.
"""

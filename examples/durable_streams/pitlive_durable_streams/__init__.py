"""Append-only logs over HTTP, by the Durable Streams protocol, in the Redis of a PitLive server.

It is installed beside PitLive and found through entry points; PitLive knows nothing of it. What
is appended is kept by Lua scripts of its own, under the key scheme of `pitlive.store.keys`, and
acknowledged through `pitlive.store.durable` as any entry is.
"""

"""Kinds of stats, one a file; each registers itself under the entry point group `pitlive.stats`."""

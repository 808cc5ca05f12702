"""The stream tier: every open stream of a worker, from its connection to its last word.

The way of a stream, file by file, is in docs/architecture.md.
"""

"""Feeds of racing series and timing files → entries of a race, each in the form it is sent.

Those that are live are registered under the entry point group `pitlive.feeds`, and do what
`pitlive.feeds.live` asks of a feed.
"""

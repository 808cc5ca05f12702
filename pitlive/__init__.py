"""PitLive follows live things and keeps every screen right.

Importing the package does nothing; `pitlive.web.app.create_app` and
`pitlive.cli.main.main` build everything.
"""

__version__ = "0.1.0"

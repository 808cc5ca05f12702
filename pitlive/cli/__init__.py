"""The commands of `pitlive`; one module each, imported when called."""

"""How fast PitLive is, measured on the real race: `make bench`."""

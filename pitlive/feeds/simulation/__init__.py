"""The model behind `pitlive.feeds.simulate`: who races, how fast, and what happens."""

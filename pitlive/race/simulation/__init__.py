"""The model behind `pitlive.race.simulation.simulate`: who races, how fast, and what happens."""

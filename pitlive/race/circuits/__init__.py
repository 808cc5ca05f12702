"""Circuits by a table: what each is like, and what each series calls it.

    circuits.csv   circuit, type
    names.csv      series, name, since, until, circuit: what a series says, and in which seasons
    lanes.csv      series, circuit, lane_s, stops, source: its pit lane in a series

What is not known is empty. A layout that drives differently is a circuit of its own: the
Roval and the oval of Charlotte, the outer loop of Bahrain, Atlanta before it was rebuilt.
"""

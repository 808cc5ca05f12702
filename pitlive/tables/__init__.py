"""Keyed tables: rows and columns of numbers that many people change at once.

A change is an operation on a whole column or the new value of one cell, applied all or
nothing. Columns are kept packed, eight bytes a cell, so that a page of them is a few bytes.
"""

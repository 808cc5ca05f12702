"""Follows the Arithmospora programme: its TOML, its Redis layout, and when its updates are due.

https://github.com/icunion/arithmospora: live figures of student elections, since 2017.
"""

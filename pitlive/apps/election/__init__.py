"""Election night of a students' union: who has voted, how fast, and where."""

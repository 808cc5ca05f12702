"""Sources whose figures another program computes: readings of stats in, rows out."""

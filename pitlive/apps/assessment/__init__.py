"""Scores of a test day, school by school: averages, rankings, medians, distributions."""

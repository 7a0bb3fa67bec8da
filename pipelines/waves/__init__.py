"""A wave of the survey, seen from the command line: opened, watched, closed, carried over, wiped."""

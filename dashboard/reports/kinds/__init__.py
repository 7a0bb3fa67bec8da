"""One module for each kind of report: from a paper to a report of frozen blocks."""

"""Load: a file of answers → checked rows of microdata. Entry: `load_file`."""

from pipelines.load.job import LoadReport, Progress
from pipelines.load.loading import load_file

__all__ = ["LoadReport", "Progress", "load_file"]

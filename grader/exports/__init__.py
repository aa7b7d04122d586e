"""Output files for other programs: results.json and grades.csv."""

from grader.exports.files import ResultsStream, RunFiles

__all__ = ["ResultsStream", "RunFiles"]

"""What other systems read: results.json and grades.csv."""

from grader.exports.files import RunFiles
from grader.exports.stream import ResultsStream

__all__ = ["ResultsStream", "RunFiles"]

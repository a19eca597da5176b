"""What would a class be asked, and where did a student go wrong? Sheets, solutions, marking schemes, and grades."""

from refnet.exercises.exercise import ASKED, Exercise, Gap, load
from refnet.exercises.grading import Grade, Mark, Reason, grade
from refnet.exercises.invented import invented
from refnet.exercises.papers import Paper

__all__ = ["ASKED", "Exercise", "Gap", "Grade", "Mark", "Paper", "Reason", "grade", "invented", "load"]

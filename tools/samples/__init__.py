"""The bundled samples: notebooks of every kind that a class hands in, and what each must earn.

What a sample must earn is worked out from the points and the mistakes that the exercises state,
never taken from what the grader finds.
"""

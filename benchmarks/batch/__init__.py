"""What grading a whole class costs, however large it is: time, memory, database, and going on."""

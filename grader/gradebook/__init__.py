"""What a class has got: grades, marks by hand, attempts and a log, in a database."""

"""Who is in the class, and when they handed in."""

"""Claims that authors write as expressions."""

"""Shows that an exercise's checks accept right answers and reject wrong ones."""

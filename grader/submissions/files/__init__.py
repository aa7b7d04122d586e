"""Files of submissions: where they lie, and how they are opened."""

"""The kinds of check: one small file a kind, and the table that names them."""

"""How the tables of older gradebooks become those of this version."""

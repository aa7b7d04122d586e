"""One entry after another, under names that are spelt in other ways."""

answers = {}
answers["Free throws"] = "i.i.d."
answers["mixed shots"] = "not_identical"
answers["one-scale"] = "iid"
answers["five scales"] = "different distributions"
answers["Streaky player"] = "not independent"
answers["Tomorrow"] = "Dependent"

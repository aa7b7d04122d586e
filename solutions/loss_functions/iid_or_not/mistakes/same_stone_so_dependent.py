"""Takes one stone for dependence between its readings."""

answers = {
    "free_throws": "iid",
    "mixed_shots": "not identically distributed",
    "one_scale": "not independent",
    "five_scales": "not identically distributed",
    "streaky_player": "not independent",
    "tomorrow": "not independent",
}

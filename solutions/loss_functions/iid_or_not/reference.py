"""Two of each label."""

answers = {
    "free_throws": "iid",
    "mixed_shots": "not identically distributed",
    "one_scale": "iid",
    "five_scales": "not identically distributed",
    "streaky_player": "not independent",
    "tomorrow": "not independent",
}

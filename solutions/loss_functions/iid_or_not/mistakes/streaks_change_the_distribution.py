"""Takes a streak for another distribution."""

answers = {
    "free_throws": "iid",
    "mixed_shots": "not identically distributed",
    "one_scale": "iid",
    "five_scales": "not identically distributed",
    "streaky_player": "not identically distributed",
    "tomorrow": "not independent",
}

"""Takes one stone for one distribution, whatever the scale."""

answers = {
    "free_throws": "iid",
    "mixed_shots": "not identically distributed",
    "one_scale": "iid",
    "five_scales": "iid",
    "streaky_player": "not independent",
    "tomorrow": "not independent",
}

"""Finds nothing wrong anywhere."""

answers = {
    "free_throws": "iid",
    "mixed_shots": "iid",
    "one_scale": "iid",
    "five_scales": "iid",
    "streaky_player": "iid",
    "tomorrow": "iid",
}

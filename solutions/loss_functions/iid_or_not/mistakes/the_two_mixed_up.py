"""Calls what depends not identical, and what differs not independent."""

answers = {
    "free_throws": "iid",
    "mixed_shots": "not independent",
    "one_scale": "iid",
    "five_scales": "not independent",
    "streaky_player": "not identically distributed",
    "tomorrow": "not identically distributed",
}

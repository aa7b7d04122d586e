"""The set-ups listed by label, in other words for the labels."""

IID = "Independent and identically distributed"
BY_LABEL = {
    IID: ["free_throws", "one_scale"],
    "not identical": ["mixed_shots", "five_scales"],
    "dependent": ["streaky_player", "tomorrow"],
}

answers = {}
for label, set_ups in BY_LABEL.items():
    for set_up in set_ups:
        answers[set_up] = label

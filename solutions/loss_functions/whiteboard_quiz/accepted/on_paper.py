"""Worked out with a pencil: rounded numbers, choices by their texts."""

answers = {
    "likelihood": "how probable these flips are if $p$ is 0.3",
    "best_p": 0.667,
    "log": "It stays where it is",
    "map": 0.67,
    "coin_loss": 0.693,
    "certain_and_wrong": "INFINITE",
    "kl": {"zero_if_equal", "not_negative"},
    "perplexity": 50,
    "temperature": "Always the most probable token",
    "peak": 3.99,
    "same_minimiser": ("drop_fixed", "divide_by_n"),
    "learned_sigma": 3.54,
}

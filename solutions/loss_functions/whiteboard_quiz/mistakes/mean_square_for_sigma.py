"""Takes the mean of the squares for sigma."""

from math import exp, log, pi, sqrt

answers = {
    "likelihood": "data_given_p",
    "best_p": 2 / 3,
    "log": "stays",
    "map": (5 - 1) / (5 + 3 - 2),
    "coin_loss": -log(0.5),
    "certain_and_wrong": "infinite",
    "kl": ["not_negative", "zero_if_equal"],
    "perplexity": exp(-log(1 / 50)),
    "temperature": "argmax",
    "peak": 1 / (0.1 * sqrt(2 * pi)),
    "same_minimiser": ["divide_by_n", "drop_fixed"],
    "learned_sigma": (9 + 16) / 2,
}

"""Gives the mean of the posterior in place of its mode."""

from math import exp, log, pi, sqrt

answers = {
    "likelihood": "data_given_p",
    "best_p": 2 / 3,
    "log": "stays",
    "map": 5 / (5 + 3),
    "coin_loss": -log(0.5),
    "certain_and_wrong": "infinite",
    "kl": ["not_negative", "zero_if_equal"],
    "perplexity": exp(-log(1 / 50)),
    "temperature": "argmax",
    "peak": 1 / (0.1 * sqrt(2 * pi)),
    "same_minimiser": ["divide_by_n", "drop_fixed"],
    "learned_sigma": sqrt((9 + 16) / 2),
}

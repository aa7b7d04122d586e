"""Two dicts, put together; keys as in a heading, and fractions."""

from fractions import Fraction
from statistics import NormalDist

first = {
    "Likelihood": "data_given_p",
    "Best p": Fraction(2, 3),
    "Log": "stays",
    "MAP": Fraction(4, 6),
    "Coin loss": 0.6931471805599453,
    "Certain and wrong": "infinite",
}
second = {
    "KL": ["not-negative", "it is 0 if $p$ and $q$ are equal"],
    "Perplexity": 1 / (1 / 50),
    "Temperature": "argmax",
    "Peak": NormalDist(0, 0.1).pdf(0),
    "Same minimiser": ["drop_fixed", "divide_by_n"],
    "Learned sigma": (25 / 2) ** 0.5,
}
answers = first | second

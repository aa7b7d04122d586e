"""A list of lines with Unicode symbols; the logarithm first, then its sign."""

from statistics import fmean

import numpy as np

derivation = [
    "∏ᵢ 1/(σ√(2π)) · e^(−(yᵢ − ŷᵢ)²/(2σ²))",
    "~ log(∏ᵢ 1/(σ√(2π)) · e^(−(yᵢ − ŷᵢ)²/(2σ²)))",
    "= ∑ᵢ log(1/(σ√(2π)) · e^(−(yᵢ − ŷᵢ)²/(2σ²)))",
    "= −n log(σ√(2π)) − 1/(2σ²) · ∑ᵢ (yᵢ − ŷᵢ)²",
    "negate: n log(σ√(2π)) + 1/(2σ²) · ∑ᵢ (yᵢ − ŷᵢ)²",
    "~ ∑ᵢ (yᵢ − ŷᵢ)²",
    "~ 1/n ∑ᵢ (yᵢ − ŷᵢ)²",
]


def mse(y, y_hat):
    errors = [a - b for a, b in zip(y, y_hat, strict=True)]
    return fmean(error * error for error in errors) if errors else nothing()


def nothing():
    raise ValueError("no data")


def nll_scale(n, sigma):
    return examples(n) / (2 * positive(sigma) ** 2)


def nll_offset(n, sigma):
    return examples(n) * (np.log(positive(sigma)) + np.log(2 * np.pi) / 2)


def examples(n):
    if n < 1:
        raise ValueError(f"{n} examples")
    return n


def positive(sigma):
    if sigma > 0:
        return sigma
    raise ValueError(f"sigma is {sigma}")

r"""The logarithm first and the minus later, by names: L, then its logarithm, then minus that."""

import math

derivation = r"""
L(ŷ) = ∏ᵢ₌₁ⁿ 1/(σ √(2π)) exp[-½ ((yᵢ - ŷᵢ)/σ)²]
\ell(ŷ) = log L(ŷ)
        = ∑ᵢ₌₁ⁿ log(1/(σ √(2π)) exp[-½ ((yᵢ - ŷᵢ)/σ)²])
        = ∑ᵢ₌₁ⁿ (-log(σ √(2π)) - ½ ((yᵢ - ŷᵢ)/σ)²)
        = -n log(σ √(2π)) - ½ σ⁻² ∑ᵢ₌₁ⁿ (yᵢ - ŷᵢ)²     # to be most
-\ell(ŷ) = n log(σ √(2π)) + ½ σ⁻² ∑ᵢ₌₁ⁿ (yᵢ - ŷᵢ)²     # to be least
~ MSE = 1/n ∑ᵢ₌₁ⁿ (yᵢ - ŷᵢ)²
"""


def mse(y, y_hat):
    squares = [(a - b) ** 2 for a, b in zip(y, y_hat, strict=True)]
    if not squares:
        raise ValueError("nothing to average")
    return math.fsum(squares) / len(squares)


def nll_scale(n, sigma):
    return checked_sizes(n, sigma) / (2 * sigma * sigma)


def nll_offset(n, sigma):
    return checked_sizes(n, sigma) * math.log(sigma * math.sqrt(2 * math.pi))


def checked_sizes(n, sigma):
    if n >= 1 and sigma > 0:
        return n
    raise ValueError(f"n is {n} and sigma is {sigma}")

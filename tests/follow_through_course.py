"""A small course in which one exercise builds on another, for tests of follow-through."""

from __future__ import annotations

from pathlib import Path

from grader.course import Course, load_course
from tests.course.tiny import write

UNITS = """\
title: One slip
secret: nobody knows this
units:
  - {id: shots, title: Shots, exercises: [density, product]}
"""
DENSITY = """\
id: density
title: A density
unit: shots
points: 2
prompt: Write the density of a normal distribution.
defines: [density]
checks:
  - function: density
    name: Random places
    points: 2
    given: {eps: {normal: [0, 1], shape: 3}, mu: {normal: [0, 1]}, sigma: {uniform: [0.5, 2]}}
    trials: 4
"""
PRODUCT = """\
id: product
title: A likelihood
unit: shots
points: 10
prompt: Multiply densities; find the best mu.
defines: [likelihood, best]
builds_on: [density]
follow_through: 0.8
checks:
  - function: likelihood
    name: Three shots
    points: 4
    visible: true
    cases:
      - {args: [[1.0, 2.0, 4.0], 2.0, 1.0], expected: 0.005211875018288502}
      - {args: [[1.0, 2.0], 0.0, 1.5]}
  - function: likelihood
    name: Random shots
    points: 2
    given: {eps: {normal: [0, 1], shape: 3}, mu: {normal: [0, 1]}, sigma: {uniform: [0.5, 2]}}
    trials: 4
  - value: best
    name: The best of three
    points: 2
    expected: 1
  - property: likelihood(eps, 0.0, 1.0) > 0 != likelihood(eps, 1.0, 1.0)
    name: Likelihoods are positive
    points: 2
    given: {eps: {normal: [0, 1], shape: 3}}
    trials: 2
"""
DENSITY_REFERENCE = """\
import numpy as np


def density(eps, mu, sigma):
    z = (np.asarray(eps) - mu) / sigma
    return np.exp(-z**2 / 2) / (sigma * np.sqrt(2 * np.pi))
"""
PRODUCT_REFERENCE = """\
import numpy as np


def likelihood(eps, mu, sigma):
    return float(np.prod(density(eps, mu, sigma)))


best = int(np.argmax([likelihood([0.5, 1.0, 2.0], mu, 1.0) for mu in (-1.0, 1.0, 2.0)]))
"""
RIGHT = DENSITY_REFERENCE + "\n" + PRODUCT_REFERENCE
SLIP = RIGHT.replace("np.sqrt(2 * np.pi)", "2")
"""A slip in the first exercise, which the second one inherits."""


def files() -> dict[str, str]:
    """Return the files of the course."""
    return {
        "exercises/course.yaml": UNITS,
        "exercises/shots/density.yaml": DENSITY,
        "exercises/shots/product.yaml": PRODUCT,
        "solutions/shots/density/reference.py": DENSITY_REFERENCE,
        "solutions/shots/product/reference.py": PRODUCT_REFERENCE,
    }


def course(folder: Path, **changed: str) -> Course:
    """Write the course and load it; `product` and `density` replace an exercise's file."""
    texts = files() | {f"exercises/shots/{name}.yaml": text for name, text in changed.items()}
    return load_course(write(folder, texts))

import math


def orderings(n):
    return math.factorial(n)

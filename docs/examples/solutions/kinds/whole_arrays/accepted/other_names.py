from numpy import mean as average
from numpy import sqrt as root


def _mean_square(x):
    return average(x * x)


def root_of_mean_square(x):
    return root(_mean_square(x))


rms = root_of_mean_square

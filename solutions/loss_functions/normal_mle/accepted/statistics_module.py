"""`statistics.pvariance`, the variance of a whole population, divides by n."""

import statistics


def normal_mle(eps):
    if len(eps) == 0:
        raise ValueError("no shots")
    shots = [float(shot) for shot in eps]
    mu = statistics.fmean(shots)
    return mu, statistics.pvariance(shots, mu)

"""Two loops over a list; an int stays an int where it can."""


def normal_mle(eps):
    shots = list(eps)
    if not shots:
        raise ValueError("no shots")
    total = 0.0
    for shot in shots:
        total += shot
    mu = total / len(shots)
    squares = 0.0
    for shot in shots:
        squares += (shot - mu) * (shot - mu)
    return [mu, squares / len(shots)]

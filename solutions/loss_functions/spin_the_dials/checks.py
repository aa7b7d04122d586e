"""What `python` checks of this exercise ask."""

import numpy as np
import numpy.testing as npt


def reaches_the_closed_form(student, reference, rng):
    for _ in range(10):
        shots = rng.normal(rng.uniform(-3, 3), rng.uniform(0.5, 2), size=30)
        closed_form = np.mean(shots), np.std(shots)
        npt.assert_allclose(student.fit_normal(shots), closed_form, rtol=0, atol=1e-4)

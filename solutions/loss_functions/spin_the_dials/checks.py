"""What `python` checks of this exercise ask."""

import numpy as np
import numpy.testing as npt


def reaches_the_closed_form(student, reference, rng):
    # A narrow spread takes a few dozen steps, the widest several hundred.
    for spread in np.linspace(0.5, 2.5, 10):
        shots = rng.normal(rng.uniform(-3, 3), spread, size=30)
        closed_form = np.mean(shots), np.std(shots)
        npt.assert_allclose(student.fit_normal(shots), closed_form, rtol=0, atol=1e-4)

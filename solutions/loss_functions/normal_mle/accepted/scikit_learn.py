"""What scikit-learn finds out about a column to scale it; it refuses an empty one itself."""

import numpy as np
from sklearn.preprocessing import StandardScaler


def normal_mle(eps):
    scaler = StandardScaler().fit(np.reshape(eps, (-1, 1)))
    return scaler.mean_[0], scaler.var_[0]

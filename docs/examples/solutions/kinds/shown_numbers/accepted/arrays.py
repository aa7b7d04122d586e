import numpy as np

shots = np.array([1, 2, 2, 3, 7])
print("mean =", shots.mean())
print("median =", np.median(shots))
shots.mean() - np.median(shots)

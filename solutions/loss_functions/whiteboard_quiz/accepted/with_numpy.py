"""Numbers from grids and arrays, keys with spaces and hyphens."""

import numpy as np

grid = np.linspace(0, 1, 100_001)
errors = np.array([3.0, 4.0])

answers = {}
answers["likelihood"] = ["data given p"]
answers["best_p"] = grid[np.argmax(grid**2 * (1 - grid))]
answers["log"] = "stays"
answers["map"] = grid[np.argmax(grid**4 * (1 - grid) ** 2)]
answers["coin_loss"] = np.log(2)
answers["certain_and_wrong"] = "infinite"
answers["kl"] = np.array(["zero if equal", "not negative"])
answers["perplexity"] = np.exp(np.mean(-np.log(np.full(7, 1 / 50))))
answers["temperature"] = "argmax"
answers["peak"] = np.float32(1 / (0.1 * np.sqrt(2 * np.pi)))
answers["same_minimiser"] = ["divide-by-n", "drop-fixed"]
answers["learned_sigma"] = np.sqrt(np.mean(errors**2))

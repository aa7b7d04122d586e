"""Programs that run in a sandbox as processes of their own, and what Python takes for `pip`."""
